"""What companies of a trade are called, who decides there and what they may need. Pure.

Raw material of `dummy_seed`: each trade is found by words in the customer's niche.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trade:
    """`nouns` end the company's name, `kind` describes it, `signals` say why now.

    A signal is a sentence without its subject, and the page it would be read on.
    """

    words: tuple[str, ...]
    kind: str
    nouns: tuple[str, ...]
    titles: tuple[str, ...]
    signals: tuple[tuple[str, str], ...]


_GENERAL_SIGNALS = (
    ("opened a second location this year", "news"),
    ("lists open positions on its careers page", "careers"),
    ("announced a new service on its news page", "news"),
    ("asks visitors to call, with no way to book online", "contact"),
    ("shows client stories from the past year", "customers"),
    ("names a new head of the business on its team page", "team"),
)
_OWNERS = ("Owner", "Managing Director", "Founder", "General Manager", "Operations Manager")

TRADES = (
    Trade(
        ("dental", "dentist", "orthodont"),
        "dental practice",
        ("Dental", "Dental Care", "Family Dentistry", "Dental Group", "Smiles", "Orthodontics"),
        ("Practice Owner", "Practice Manager", "Office Manager", "Lead Dentist"),
        (
            ("lists an open front-desk position on its careers page", "careers"),
            ("takes new patients by phone only", "contact"),
            ("added a second dentist to its team page", "team"),
            ("offers Saturday hours since the spring", "hours"),
        ),
    ),
    Trade(
        ("law", "legal", "attorney", "solicitor"),
        "law firm",
        ("Law", "Legal", "Law Group", "Attorneys", "Legal Partners", "Law Office"),
        ("Managing Partner", "Partner", "Firm Administrator", "Director of Operations"),
        (
            ("publishes one article a year on its blog", "blog"),
            ("opened a practice for small businesses", "services"),
            ("names two new partners on its team page", "team"),
        ),
    ),
    Trade(
        ("account", "bookkeep", "cpa", "tax"),
        "accounting firm",
        ("Accounting", "CPAs", "Tax & Advisory", "Bookkeeping", "Accountants", "Advisory"),
        ("Managing Partner", "Owner", "Practice Manager", "Director of Client Services"),
        (
            ("says it takes on new clients before the tax season", "services"),
            ("lists open positions for two accountants", "careers"),
        ),
    ),
    Trade(
        ("real estate", "realt", "property", "estate agent"),
        "real-estate company",
        ("Realty", "Properties", "Real Estate", "Homes", "Property Group", "Estates"),
        ("Broker", "Managing Broker", "Director of Sales", "Head of Lettings"),
        (
            ("shows listings in three new neighborhoods", "listings"),
            ("added four agents to its team page", "team"),
        ),
    ),
    Trade(
        ("restaurant", "cafe", "catering", "food", "hospitality"),
        "restaurant business",
        ("Kitchen", "Catering", "Table", "Foods", "Provisions", "Dining"),
        ("Owner", "General Manager", "Head of Events", "Operations Manager"),
        (
            ("takes event inquiries through a form without dates", "events"),
            ("opened a private dining room", "events"),
        ),
    ),
    Trade(
        ("gym", "fitness", "yoga", "pilates", "wellness", "spa"),
        "fitness business",
        ("Fitness", "Strength", "Yoga", "Athletics", "Wellness", "Movement"),
        ("Owner", "Studio Manager", "Head Coach", "Membership Manager"),
        (
            ("offers a first class but no way to book it online", "classes"),
            ("added evening classes to its timetable", "classes"),
        ),
    ),
    Trade(
        ("saas", "software", "startup", "tech", "it service", "cyber"),
        "software company",
        ("Software", "Labs", "Systems", "Cloud", "Data", "Technologies"),
        ("Head of Growth", "VP Sales", "Chief Executive", "Head of Marketing"),
        (
            ("announced a new product on its changelog", "changelog"),
            ("lists its first sales positions", "careers"),
            ("publishes customer stories for one industry only", "customers"),
        ),
    ),
    Trade(
        ("ecommerce", "e-commerce", "retail", "shop", "store", "d2c", "dtc"),
        "retail brand",
        ("Goods", "Supply", "Outfitters", "Home", "Apparel", "Market"),
        ("Founder", "Head of E-commerce", "Marketing Manager", "Director of Retail"),
        (
            ("launched a wholesale page this season", "wholesale"),
            ("ships to two new countries", "shipping"),
        ),
    ),
    Trade(
        ("construct", "contractor", "roof", "plumb", "hvac", "electric", "landscap", "build"),
        "building contractor",
        ("Construction", "Builders", "Contracting", "Roofing", "Mechanical", "Renovations"),
        ("Owner", "Project Director", "Operations Manager", "Estimating Manager"),
        (
            ("shows three finished projects from this year", "projects"),
            ("lists open positions for estimators", "careers"),
        ),
    ),
    Trade(
        ("logistic", "freight", "transport", "warehouse", "courier", "supply chain"),
        "logistics company",
        ("Logistics", "Freight", "Transport", "Distribution", "Warehousing", "Carriers"),
        ("Operations Director", "Head of Sales", "Owner", "Fleet Manager"),
        (
            ("opened a new warehouse", "news"),
            ("asks shippers to request quotes by phone", "contact"),
        ),
    ),
    Trade(
        ("manufactur", "industrial", "machin", "factory", "engineering"),
        "manufacturer",
        ("Manufacturing", "Industries", "Precision", "Works", "Fabrication", "Engineering"),
        ("Plant Manager", "Head of Sales", "Managing Director", "Purchasing Manager"),
        (
            ("added a new production line", "news"),
            ("shows a certificate renewed this year", "quality"),
        ),
    ),
    Trade(
        ("medical", "clinic", "health", "physio", "chiro", "care", "doctor"),
        "medical practice",
        ("Clinic", "Medical", "Health", "Physiotherapy", "Family Care", "Health Partners"),
        ("Practice Manager", "Clinic Director", "Office Manager", "Medical Director"),
        (
            ("takes appointments by phone only", "contact"),
            ("opened a second clinic", "locations"),
        ),
    ),
    Trade(
        ("vet", "animal", "pet"),
        "veterinary practice",
        ("Animal Hospital", "Veterinary", "Pet Care", "Vets", "Animal Clinic"),
        ("Practice Owner", "Practice Manager", "Hospital Administrator"),
        (("added emergency hours", "hours"), ("lists two open veterinary positions", "careers")),
    ),
    Trade(
        ("marketing", "agency", "advertis", "design", "creative", "media", "pr "),
        "agency",
        ("Studio", "Creative", "Media", "Communications", "Digital", "Collective"),
        ("Founder", "Managing Director", "Head of New Business", "Client Director"),
        (
            ("shows work for three clients of one industry", "work"),
            ("added a performance team", "services"),
        ),
    ),
    Trade(
        ("recruit", "staffing", "talent", "hr "),
        "recruiting firm",
        ("Recruiting", "Staffing", "Talent", "Search", "People"),
        ("Managing Director", "Head of Business Development", "Founder"),
        (("opened a desk for a new industry", "industries"), ("lists open positions", "careers")),
    ),
    Trade(
        ("insur", "financ", "wealth", "mortgage", "broker"),
        "financial services firm",
        ("Insurance", "Financial", "Wealth", "Brokers", "Advisors", "Capital"),
        ("Principal", "Managing Director", "Agency Owner", "Head of Client Services"),
        (("added a service for small businesses", "services"), ("grew its team", "team")),
    ),
    Trade(
        ("school", "educat", "training", "tutor", "university", "coach"),
        "education provider",
        ("Academy", "Learning", "School", "Training", "Institute", "Tutors"),
        ("Director", "Head of Admissions", "Program Manager", "Owner"),
        (("opened enrolment for a new program", "programs"), ("added evening courses", "courses")),
    ),
    Trade(
        ("hotel", "travel", "tour", "resort", "event", "wedding", "venue"),
        "hospitality company",
        ("Hotel", "Events", "Travel", "Lodge", "Venues", "Retreats"),
        ("General Manager", "Head of Events", "Director of Sales", "Owner"),
        (("refurbished its meeting rooms", "meetings"), ("takes group requests by form", "groups")),
    ),
    Trade(
        ("architect", "interior", "survey", "planning"),
        "design practice",
        ("Architects", "Architecture", "Interiors", "Design Studio", "Associates"),
        ("Principal", "Partner", "Studio Manager", "Director of Practice"),
        (("won a local award", "news"), ("shows three new projects", "projects")),
    ),
    Trade(
        ("auto", "car ", "garage", "dealer", "vehicle"),
        "auto business",
        ("Auto", "Motors", "Garage", "Auto Repair", "Auto Group"),
        ("Owner", "Service Manager", "General Manager", "Sales Manager"),
        (("added electric-vehicle service", "services"), ("takes bookings by phone", "contact")),
    ),
    Trade(
        ("salon", "beauty", "hair", "barber", "cosmetic"),
        "beauty business",
        ("Salon", "Beauty", "Hair Studio", "Skin Clinic", "Barbers"),
        ("Owner", "Salon Manager", "Studio Manager"),
        (("added two stylists to its team page", "team"), ("takes walk-ins only", "contact")),
    ),
    Trade(
        ("nonprofit", "charity", "foundation", "ngo", "church"),
        "nonprofit",
        ("Foundation", "Alliance", "Trust", "Community", "Initiative"),
        ("Executive Director", "Development Director", "Program Director"),
        (("started a new fundraising campaign", "donate"), ("seeks volunteers", "volunteer")),
    ),
    Trade(
        ("consult", "advis", "professional service", "b2b"),
        "consultancy",
        ("Consulting", "Advisory", "Partners", "Strategy", "Associates"),
        ("Managing Partner", "Principal", "Founder", "Director of Client Services"),
        (("published a new case study", "cases"), ("added an industry practice", "services")),
    ),
)


def trade_for(niche: str) -> Trade:
    """The trade whose words the niche uses; else one made of the niche's own words."""
    text = f" {niche.lower()} "
    for trade in TRADES:
        if any(word in text for word in trade.words):
            return Trade(
                trade.words,
                trade.kind,
                trade.nouns,
                trade.titles,
                (*trade.signals, *_GENERAL_SIGNALS[:3]),
            )
    name = " ".join(niche.split()).title()[:24].strip() or "Business"
    kind = f"company in {niche.strip().lower()[:60]}" if niche.strip() else "company"
    return Trade((), kind, (name, f"{name} Partners", f"{name} Group"), _OWNERS, _GENERAL_SIGNALS)
