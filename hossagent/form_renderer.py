"""How a form looks wherever a page says `{{ form }}` or `{{ form.email.as_field_group }}`.

The pages of Django's admin name the parts of a form one by one; this changes nothing there.
"""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Label, help, error and field in the markup of docs/reference/design.md,
    tied together for screen readers."""

    form_template_name = "_components/form.html"
    field_template_name = "_components/field.html"
