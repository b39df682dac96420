"""Addresses of the customer's pages; `portal:<view>`."""

from __future__ import annotations

from django.urls import path

from portal.views import (
    approvals,
    billing,
    conversations,
    export,
    home,
    lead_uploads,
    leads,
    outreach,
    people,
    preview,
    sending,
    settings,
    support,
    unplaced,
    work,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("leads/", leads.lead_list, name="lead_list"),
    path("leads/add/", leads.lead_add, name="lead_add"),
    path("leads/download/", leads.lead_export, name="lead_export"),
    path("leads/upload/", lead_uploads.lead_upload, name="lead_upload"),
    path("leads/upload/<int:pk>/", lead_uploads.upload_detail, name="upload_detail"),
    path("leads/upload/<int:pk>/result/", lead_uploads.upload_result, name="upload_result"),
    path("leads/<int:pk>/", leads.lead_detail, name="lead_detail"),
    path("leads/<int:pk>/do-not-contact/", leads.lead_block, name="lead_block"),
    path("leads/<int:pk>/<str:decision>/", leads.lead_decide, name="lead_decide"),
    path("outreach/", outreach.message_list, name="message_list"),
    path("outreach/<int:pk>/", outreach.message_detail, name="message_detail"),
    path("work/", work.task_list, name="task_list"),
    path("work/<int:pk>/", work.task_detail, name="task_detail"),
    path("work/<int:pk>/download/", work.task_download, name="task_download"),
    path("outreach/why/", sending.why_nothing, name="why_nothing"),
    path("settings/do-not-contact/", sending.do_not_contact, name="do_not_contact"),
    path("billing/", billing.billing, name="billing"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/leave/", people.leave, name="leave"),
    path("settings/people/<int:pk>/role/", people.member_role, name="member_role"),
    path("settings/people/<int:pk>/remove/", people.member_remove, name="member_remove"),
    path(
        "settings/people/invitations/<int:pk>/<str:action>/",
        people.invitation_act,
        name="invitation_act",
    ),
    path("settings/security/", people.security, name="security"),
    path("settings/", settings.settings, name="settings"),
    path("settings/profile/", settings.settings_profile, name="settings_profile"),
    path("settings/market/", settings.settings_market, name="settings_market"),
    path("settings/sending/", settings.settings_sending, name="settings_sending"),
    path("settings/approval/", settings.settings_approval, name="settings_approval"),
    path("settings/autopilot/", settings.settings_autopilot, name="settings_autopilot"),
    path("settings/autopilot/<str:state>/", settings.switch_autopilot, name="switch_autopilot"),
    path("settings/export/", export.export, name="export"),
    path("settings/export/<int:pk>/", export.export_download, name="export_download"),
    path("settings/close/", export.close_account, name="close_account"),
    path("help/", support.support, name="help"),
    path("help/<slug:slug>/", support.guide, name="guide"),
    path("approvals/", approvals.approval_list, name="approval_list"),
    path("approvals/all/", approvals.approval_approve_all, name="approval_approve_all"),
    path("approvals/<int:pk>/", approvals.approval_edit, name="approval_edit"),
    path("approvals/<int:pk>/approve/", approvals.approval_approve, name="approval_approve"),
    path("approvals/<int:pk>/skip/", approvals.approval_skip, name="approval_skip"),
    path("conversations/", conversations.conversation_list, name="conversation_list"),
    path("conversations/unplaced/", unplaced.unplaced_list, name="unplaced_list"),
    path("conversations/unplaced/<int:pk>/", unplaced.unplaced_place, name="unplaced_place"),
    path("conversations/<int:pk>/", conversations.conversation_detail, name="conversation_detail"),
    path(
        "conversations/<int:pk>/<str:action>/",
        conversations.conversation_act,
        name="conversation_act",
    ),
    # Last, because it matches any name.
    path("<str:token>", preview.preview, name="preview"),
]
