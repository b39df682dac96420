"""Where an agency signs up or follows an invitation.

allauth and the menus look these addresses up by their names.
"""

from __future__ import annotations

from django.urls import path

from portal.views import invitations, signup

urlpatterns = [
    path("signup", signup.signup, name="account_signup"),
    path("start", signup.signup, name="start"),
    path("signup/company", signup.social_signup, name="socialaccount_signup"),
    path("signup/no-trial", signup.no_trial, name="no_trial"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
]
