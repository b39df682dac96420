"""The pretend Stripe's hosted pages: checkout, billing portal, payment and invoice.

They are plain HTML, because the server runs without Django's templates. The first line of
each page says that this is not Stripe and that no money moves.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from billing.dev.checkouts import DECLINED_CARD, GOOD_CARD
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from billing.dev.objects import Object
    from billing.dev.world import World

NOTICE = "This is a stand-in for Stripe. No card is checked and no money moves."

STYLE = """
body{margin:0;background:#0a0a0a;color:#f5f5f5;font:18px/1.5 Georgia,serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem}
.notice{background:#f5f5f5;color:#0a0a0a;padding:.75rem 1.5rem;margin:0;font-weight:bold}
h1{font-size:1.6rem}label,input,button,a.button{display:block;font:inherit}
input{width:100%;box-sizing:border-box;padding:.6rem;margin:.3rem 0 1rem;border:1px solid #8a8a8a;
background:#0a0a0a;color:#f5f5f5}
button,a.button{padding:.6rem 1.2rem;margin:0 0 1rem;border:1px solid #f5f5f5;background:#f5f5f5;
color:#0a0a0a;cursor:pointer;text-decoration:none;width:fit-content}
.quiet{background:#0a0a0a;color:#f5f5f5}.error{color:#ff6b6b}a{color:#f5f5f5}
:focus-visible{outline:3px solid #7ee787;outline-offset:2px}
"""


def page(title: str, body: str, error: str = "") -> str:
    problem = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{STYLE}</style></head><body>'
        f'<p class="notice">{NOTICE}</p><main><h1>{escape(title)}</h1>{problem}{body}</main>'
        "</body></html>"
    )


def _card_form(button: str) -> str:
    return (
        f'<form method="post"><label for="card">Card number</label>'
        f'<input id="card" name="card" inputmode="numeric" autocomplete="off" value="{GOOD_CARD}">'
        f"<p>{GOOD_CARD} works. {DECLINED_CARD} is declined when it is charged.</p>"
        f"<button>{escape(button)}</button></form>"
    )


def checkout(world: World, session: Object, error: str = "") -> str:
    if session["status"] != "open":
        return page("Checkout", "<p>This checkout is no longer open.</p>")
    if session["mode"] == "payment":
        amount = format_cents(session["amount_total"])
        return page(f"Pay {amount}", _card_form(f"Pay {amount}"), error)
    data = world.secret(session)["subscription_data"]
    price = format_cents(session["amount_total"])
    on_trial = bool(data.get("trial_end") or data.get("trial_period_days"))
    words = (
        f"Nothing is charged today. After the trial: {price} a month."
        if on_trial
        else f"{price} is charged today, and every month."
    )
    cancel = escape(session["cancel_url"] or "/", quote=True)
    body = (
        f"<p>{words}</p>{_card_form('Start trial' if on_trial else 'Subscribe')}"
        f'<p><a href="{cancel}">Back without subscribing</a></p>'
    )
    return page("HossAgent Pro", body, error)


def _button(action: str, label: str) -> str:
    return f'<button class="quiet" name="do" value="{action}">{escape(label)}</button>'


def portal(world: World, session: Object, error: str = "") -> str:
    customer = session["customer"]
    subscriptions = world.all("subscription", customer=customer)
    parts = [_subscription(thing) for thing in subscriptions]
    invoices = "".join(
        f"<li>{escape(str(i['number']))}: {format_cents(i['total'])}, {escape(i['status'])}</li>"
        for i in world.all("invoice", customer=customer)
    )
    card = "The next charge will be declined." if customer in world.declined else "Card works."
    back = escape(session["return_url"], quote=True)
    body = (
        "".join(parts)
        + f'<form method="post"><p>{card}</p>{_button("good_card", "Use a card that works")}'
        + f"{_button('bad_card', 'Use a card that is declined')}</form>"
        + f"<h2>Invoices</h2><ul>{invoices or '<li>None yet.</li>'}</ul>"
        + f'<a class="button" href="{back}">Return to HossAgent</a>'
    )
    return page("Billing portal", body, error)


def _subscription(thing: Object) -> str:
    words = f"Subscription: {escape(thing['status'])}"
    buttons = ""
    if thing["status"] != "canceled":
        if thing["cancel_at_period_end"]:
            words += ", ends with the current period"
            buttons += _button("keep", "Keep subscription")
        else:
            buttons += _button("cancel", "Cancel subscription")
        buttons += _button("next", "Go to the end of the current period")
    hidden = f'<input type="hidden" name="subscription" value="{escape(thing["id"])}">'
    return f'<form method="post">{hidden}<p>{words}</p>{buttons}</form>'


def invoice(thing: Object) -> str:
    body = f"<p>{format_cents(thing['total'])}, {escape(thing['status'])}</p>"
    return page(f"Invoice {thing['number']}", body)
