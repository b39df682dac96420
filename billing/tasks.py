"""The loops of billing. `hossagent.schedule` says how often each runs."""

from __future__ import annotations

from celery import shared_task

from billing.services import events, payment_links, reconcile
from hossagent.lib import clock
from hossagent.lib.loops import run_loop, run_once


@shared_task(name="billing.process_events")
def process_events() -> int:
    """Process the events that are due."""
    return run_loop("billing.process_events", events.process_next, clock=clock.now).done


@shared_task(name="billing.purge")
def purge() -> int:
    """Delete the bodies of old events."""
    return run_once(
        "billing.purge", lambda: events.purge_bodies(now=clock.now()), clock=clock.now
    ).done


@shared_task(name="billing.payment_links")
def make_payment_links() -> int:
    """Make links for issued work summaries, and deactivate those of voided ones."""
    return run_loop("billing.payment_links", payment_links.link_next, clock=clock.now).done


@shared_task(name="billing.reconcile")
def reconcile_with_stripe() -> int:
    """Compare each linked customer with Stripe once a day."""
    return run_loop("billing.reconcile", reconcile.reconcile_next, clock=clock.now).done
