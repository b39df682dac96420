"""Forms on a page: label, help, error and field, tied together for screen readers."""

from __future__ import annotations

import re

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.template import Context, Template

COLORS = (("r", "Red"), ("g", "Green"))


class Sample(forms.Form):
    email = forms.EmailField(label="Work email", help_text="We write to it once.")
    note = forms.CharField(required=False)
    agreed = forms.BooleanField(label="I agree", required=False)
    color = forms.ChoiceField(choices=COLORS, widget=forms.RadioSelect, help_text="Any will do.")
    key = forms.CharField(widget=forms.HiddenInput, initial="k")


class Filter(forms.Form):
    all_optional = True
    word = forms.CharField(required=False)


def lines(html: str) -> list[str]:
    """The tags and texts of `html`, without the white space of the template."""
    return [part for part in re.split(r"\s*\n\s*", html.strip()) if part]


def test_field_is_tied_to_its_help_and_error() -> None:
    form = Sample({"email": "nobody"})

    assert lines(form["email"].as_field_group()) == [
        '<div class="field field-invalid">',
        '<label for="id_email">Work email</label>',
        '<p class="field-help" id="id_email_helptext">We write to it once.</p>',
        '<p class="field-error" id="id_email_error">Enter a valid email address.</p>',
        (
            '<input type="email" name="email" value="nobody" maxlength="320" required'
            ' aria-invalid="true" aria-describedby="id_email_helptext id_email_error"'
            ' id="id_email">'
        ),
        "</div>",
    ]


def test_field_that_may_stay_empty_says_so() -> None:
    assert lines(Sample()["note"].as_field_group())[1] == (
        '<label for="id_note">Note <span class="field-optional">(optional)</span></label>'
    )


def test_filter_does_not_call_its_fields_optional() -> None:
    assert lines(Filter()["word"].as_field_group())[1] == '<label for="id_word">Word</label>'


def test_checkbox_stands_before_its_label() -> None:
    assert lines(Sample()["agreed"].as_field_group()) == [
        '<div class="field">',
        (
            '<label class="choice" for="id_agreed">'
            '<input type="checkbox" name="agreed" id="id_agreed"> <span>I agree</span></label>'
        ),
        "</div>",
    ]


def test_choices_are_a_group_with_a_legend() -> None:
    group = lines(Sample({})["color"].as_field_group())

    assert group[:5] == [
        (
            '<fieldset class="field field-invalid"'
            ' aria-describedby="id_color_helptext id_color_error">'
        ),
        "<legend>Color</legend>",
        '<p class="field-help" id="id_color_helptext">Any will do.</p>',
        '<p class="field-error" id="id_color_error">This field is required.</p>',
        '<div class="choices"><div id="id_color"><div>',
    ]


def test_form_begins_with_links_to_its_errors() -> None:
    form = Sample({"email": "nobody", "color": "r", "key": "k"})
    form.add_error(None, "Not today.")

    assert lines(str(form))[:9] == [
        (
            '<div class="notice notice-stop error-summary" role="alert" tabindex="-1"'
            ' id="error-summary">'
        ),
        "<h2>Please check what you entered</h2>",
        "<ul>",
        "<li>Not today.</li>",
        '<li><a href="#id_email">Work email: Enter a valid email address.</a></li>',
        "</ul>",
        "</div>",
        '<input type="hidden" name="key" value="k" id="id_key">',
        '<div class="field field-invalid">',
    ]


def test_fresh_form_accuses_nobody() -> None:
    html = Template("{{ form }}").render(Context({"form": Sample()}))

    assert "error" not in html
    assert "alert" not in html
    assert re.findall('name="([a-z]+)"', html) == [
        "key",
        "email",
        "note",
        "agreed",
        "color",
        "color",
    ]


def test_widgets_of_the_admin_are_found() -> None:
    class Dated(forms.Form):
        day = forms.DateField(widget=AdminDateWidget)

    assert lines(str(Dated()["day"])) == [
        '<p class="date">',
        '<input type="text" name="day" class="vDateField" size="10" required id="id_day">',
        "</p>",
    ]
