"""Months, weekdays, counts and units of time as people write them, in ten languages."""

from __future__ import annotations

MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro januari",
        "february feb februar februari février fevrier févr fevr febrero febbraio fevereiro fev",
        "march mar mrz märz maerz mars marzo maart março marco mrt",
        "april apr avril avr abril abr aprile",
        "may mai mayo maggio mag mei maio maj",
        "june jun juni juin junio giugno giu junho",
        "july jul juli juillet juil julio luglio lug julho",
        "august aug août aout agosto ago augustus augusti",
        "september sep sept septembre septiembre settembre set setembro",
        "october oct okt oktober octobre octubre ottobre ott outubro out",
        "november nov novembre noviembre novembro",
        "december dec dez dezember décembre decembre déc diciembre dic dicembre desember dezembro",
    ),
    start=1,
):
    MONTHS |= dict.fromkeys(_names.split(), _number)
# Words that are also ordinary words stand for a month only beside a day number.
AMBIGUOUS = {"mar", "set", "out", "may", "mag", "ago", "gen", "mars", "jan", "dic", "marco", "fev"}

WEEKDAYS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "monday mon montag lundi lunes lunedì lunedi maandag segunda-feira måndag mandag",
        "tuesday tue tues dienstag mardi martes martedì martedi dinsdag terça-feira tisdag tirsdag",
        (
            "wednesday wed mittwoch mercredi miércoles miercoles mercoledì mercoledi woensdag "
            "quarta-feira onsdag"
        ),
        "thursday thu thurs donnerstag jeudi jueves giovedì giovedi donderdag quinta-feira torsdag",
        "friday fri freitag vendredi viernes venerdì venerdi vrijdag sexta-feira fredag",
        "saturday sat samstag samedi sábado sabado sabato zaterdag lördag lørdag",
        "sunday sun sonntag dimanche domingo domenica zondag söndag søndag",
    )
):
    WEEKDAYS |= dict.fromkeys(_names.split(), _number)

COUNTS = {
    word: number
    for number, words in enumerate(
        (
            "a an one ein eine einer einem un une una",
            "two zwei deux dos due twee couple",
            "three drei trois tres tre drie few",
            "four vier quatre cuatro quattro",
            "five fünf cinq cinco cinque vijf",
            "six sechs seis sei zes",
        ),
        start=1,
    )
    for word in words.split()
}
_DAYS_OF = {
    1: "day days tag tage tagen jour jours día días dias",
    7: ("week weeks woche wochen semaine semaines semana semanas settimana settimane weken"),
    14: "fortnight",
    30: ("month months monat monate monaten mois mes meses mese mesi maand maanden"),
    91: "quarter quarters",
    365: "year years jahr",
}
# How many days a unit of time is taken for.
UNITS = {word: days for days, words in _DAYS_OF.items() for word in words.split()}
