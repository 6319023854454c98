"""Addresses of the journey."""

from django.urls import path

from . import row_views, views

JOURNEY = "cases/<str:number>/journey/"
LEG = JOURNEY + "<uuid:leg_id>/"
urlpatterns = [
    path(JOURNEY, views.journey, name="journey"),
    path(JOURNEY + "new/", views.new, name="leg_new"),
    path(JOURNEY + "people/new/", row_views.new_actor, name="actor_new"),
    path(JOURNEY + "people/<uuid:actor_id>/", row_views.change_actor, name="actor"),
    path(JOURNEY + "people/<uuid:actor_id>/remove/", row_views.remove_actor, name="actor_remove"),
    path(JOURNEY + "asked/<str:subject>/", views.oddity, name="oddity"),
    path(LEG, views.change, name="leg"),
    path(LEG + "remove/", views.remove, name="leg_remove"),
    path(LEG + "move/<str:way>/", views.move, name="leg_move"),
    path(LEG + "people/", row_views.part, name="leg_part"),
    path(LEG + "<str:kind>/new/", row_views.new_row, name="leg_row_new"),
    path(LEG + "<str:kind>/<uuid:row_id>/", row_views.change_row, name="leg_row"),
    path(LEG + "<str:kind>/<uuid:row_id>/remove/", row_views.remove_row, name="leg_row_remove"),
    path("people-and-firms/", row_views.alike, name="actors_alike"),
]
