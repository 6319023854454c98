"""Pages that only tests open: every component at once, and a form to type in."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path

from amparo.desk.access.guard import needs
from amparo.desk.access.roles import Purpose
from amparo.desk.config.urls import handler400, handler404, handler500, urlpatterns  # noqa: F401
from amparo.desk.core.forms import AnswerField, PartialDateField, RowIdField
from amparo.desk.core.locking import Stale


class EveryField(forms.Form):
    """One field of each kind."""

    row_id = RowIdField()
    pseudonym = forms.CharField(label="Working pseudonym", help_text="A plant or a bird; never a part of the name.")
    born = PartialDateField(label="Date of birth", required=False, help_text="As far as the person knows it.")
    documents = AnswerField(label="Did someone else keep the identity documents?", help_text="Passport, residence card.")
    kinds = forms.MultipleChoiceField(
        label="Kinds of work",
        required=False,
        choices=[("a", "Fishing"), ("b", "Agriculture"), ("c", "Work in a household")],
        widget=forms.CheckboxSelectMultiple,
    )
    setting = forms.ChoiceField(
        label="Where the conversation is held", choices=[("o", "Office"), ("s", "Shelter")], widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label="Language", required=False, choices=[("", ""), ("fr", "French"), ("ti", "Tigrinya")])
    story = forms.CharField(label="In the person’s own words", required=False, widget=forms.Textarea)
    paper = forms.FileField(label="A paper", required=False)
    agrees = forms.BooleanField(label="The person agrees to this conversation", required=False)


@needs(Purpose.CASEWORK)
def type_in(request: HttpRequest) -> HttpResponse:
    """Take the form; a pseudonym “Stale” meets a version that moved."""
    form = EveryField(request.POST or None, request.FILES or None, initial={"language": "fr"})
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["pseudonym"] == "Stale":
            raise Stale
        return HttpResponseRedirect("/help/")
    return render(request, "gallery/form.html", {"form": form}, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK)
def components(request: HttpRequest) -> HttpResponse:
    """Show the components that are no fields."""
    return render(request, "gallery/components.html")


urlpatterns = [*urlpatterns, path("gallery/form/", type_in), path("gallery/components/", components)]
