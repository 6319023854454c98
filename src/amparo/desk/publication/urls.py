"""Addresses of releases."""

from django.urls import path

from amparo.desk.publication import views

app_name = "publication"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.release, name="release"),
    path("<uuid:pk>/recipe/", views.edit, name="edit"),
    path("<uuid:pk>/send/", views.send, name="send"),
    path("<uuid:pk>/drop/", views.drop, name="drop"),
    path("<uuid:pk>/verdict/", views.verdict, name="verdict"),
]
