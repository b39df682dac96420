"""What a mail domain says about its mailboxes, by offline lists."""

from __future__ import annotations

from functools import lru_cache

from disposable_email_domains import blocklist as disposable_domains

from hossagent.lib.text import registrable_domain, split_words

FREE_MAIL_DOMAINS = frozenset(
    split_words(
        "aol.com att.net bellsouth.net bigpond.com bluewin.ch btinternet.com comcast.net "
        "cox.net earthlink.net fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch "
        "gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de "
        "hotmail.fr icloud.com laposte.net libero.it live.co.uk live.com mac.com mail.com "
        "mail.ru me.com msn.com naver.com optonline.net orange.fr outlook.com outlook.de "
        "pm.me proton.me protonmail.com qq.com rediffmail.com rogers.com sbcglobal.net "
        "seznam.cz sfr.fr shaw.ca sky.com sympatico.ca t-online.de telus.net terra.com.br "
        "tutanota.com uol.com.br verizon.net virgilio.it wanadoo.fr web.de wp.pl yahoo.ca "
        "yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.de yahoo.fr "
        "yandex.com yandex.ru ymail.com zoho.com 163.com 126.com"
    )
)


def mail_domain(address: str) -> str:
    """The domain whose server takes the mail of an address, in lower case; empty for none."""
    return address.rpartition("@")[2].strip().lower()


def is_free_mail(domain: str) -> bool:
    """Whether a provider hands mailboxes on the domain, or below it, to anybody.

    Such a mailbox is a person's and says nothing about a company, so the domain is never
    a company's key.
    """
    domain = domain.lower()
    return domain in FREE_MAIL_DOMAINS or registrable_domain(domain) in FREE_MAIL_DOMAINS


@lru_cache(maxsize=65_536)
def is_disposable(domain: str) -> bool:
    """A throw-away mailbox by the packaged list, its subdomains included."""
    return domain in disposable_domains or registrable_domain(domain) in disposable_domains
