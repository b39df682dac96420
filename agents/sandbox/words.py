"""What personas say; each text is read by the real classifier like anybody's mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.sandbox.personas import Persona

if TYPE_CHECKING:
    from random import Random

COLLEAGUES = ("Dana Whitfield", "Marcus Oyelaran", "Priya Raman", "Tom Aldridge")

REPLIES: dict[Persona, tuple[str, ...]] = {
    Persona.INTERESTED: (
        (
            "Hi {us},\n\nthis is good timing, we have been looking at this for a while. Could we "
            "find a time next week? Tuesday or Thursday morning works for me.\n\nBest,\n{me}"
        ),
        (
            "Hi {us},\n\nsounds interesting. Please send me some more details and a few times "
            "for a call.\n\n{me}\n{company}"
        ),
        "Sure, happy to talk. I am free Wednesday after two.\n\n{me}",
        (
            "Thanks for writing, {us}. We are interested. What would the next step "
            "be?\n\nRegards,\n{me}"
        ),
    ),
    Persona.ASKS: (
        (
            "Hi {us},\n\nhow much does this cost for a company of our size, and how long does it "
            "take to get going?\n\n{me}"
        ),
        (
            "Hello,\n\nwho are your other clients in this field? Do you have a case study you "
            "could share?\n\n{me}\n{company}"
        ),
        "Does it work with the system we already run, or would we have to switch?\n\n{me}",
    ),
    Persona.REFERS: (
        (
            "Hi {us},\n\nI do not handle this any more. The right person is {colleague}, "
            "{colleague} sits in our main office.\n\n{me}"
        ),
        "I have forwarded this to {colleague}, who takes care of this for us.\n\n{me}",
    ),
    Persona.NOT_NOW: (
        (
            "Hi {us},\n\nnot right now, our budget is set until the summer. Please get back to "
            "me in the week of {later}.\n\n{me}"
        ),
        (
            "We are in the middle of a move, so the timing is not right. Try me again around "
            "{later}.\n\n{me}"
        ),
    ),
    Persona.DECLINES: (
        (
            "Hello {us},\n\nthank you, but we are not interested. We already have a partner for "
            "this.\n\n{me}"
        ),
        "No thanks, we are all set.\n\n{me}",
    ),
    Persona.OPTS_OUT: (
        "Please remove me from your list.\n\n{me}",
        "unsubscribe",
        "Stop emailing me.\n\n{company}",
    ),
}

ABSENCES = (
    (
        "Thank you for your message. I am out of the office with limited access to email and "
        "will be back on {back}. For anything urgent please call our main number.\n\n{me}\n"
    ),
    (
        "Hello,\n\nI am on annual leave until {last}. I will read your mail when I return. In my "
        "absence {colleague} can help.\n\n{me}\n"
    ),
)

UNDELIVERED = (
    "This is the mail system at host {host}.\n\nI'm sorry to have to inform you that your message "
    "could not\nbe delivered to one or more recipients. It's attached below.\n\n"
    "<{email}>: host {host} said: 550 5.1.1 User unknown (in reply to\n    RCPT TO command)\n"
)
DELAYED = (
    "This is the mail system at host {host}.\n\n"
    "####################################################################\n"
    "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
    "####################################################################\n\n"
    "Your message could not be delivered for more than 4 hour(s).\n"
    "It will be retried until it is 5 day(s) old.\n\n<{email}>: connect to {host}: timed out\n"
)


def choose(persona: Persona, random: Random) -> str:
    """One of the persona's answers, with places for names still in it."""
    return random.choice(REPLIES[persona])
