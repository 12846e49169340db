"""Obligations in a reader's words: what, by when, why.

The sentences are English here; the French is in the package's gettext catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..base.french import format_date
from ..base.language import translator
from .obligations import Obligation


def N_(message: str) -> str:  # noqa: N802 (the name that Babel looks for)
    """Mark a message for extraction; it is translated when it is rendered."""
    return message


@dataclass(frozen=True)
class Words:
    """What somebody reads of an obligation.

    :ivar title: of what.
    :ivar when: by when, or how often.
    :ivar reason: why it applies, or does not.
    :ivar question: what to answer so that it is known; empty where it is.
    """

    title: str
    when: str
    reason: str
    question: str = ""


def describe(found: Obligation, lang: str = "fr") -> Words:
    """Return an obligation in words.

    :param lang: language code of the gettext catalogue.
    """
    speak = translator(lang).gettext
    if found.deadline is None:
        when = speak(FREQUENCIES[found.frequency])
    else:
        date = format_date(found.deadline)
        if lang != "fr":
            date = found.deadline.isoformat()
        sentence = FIRST if found.frequency == "each_change" else BEFORE
        when = speak(sentence).format(date=date)
    return Words(
        title=speak(TITLES[found.duty]),
        when=when,
        reason=speak(REASONS[found.reason]),
        question=speak(QUESTIONS[found.question]) if found.question else "",
    )


BEFORE = N_("No later than {date}.")
FIRST = N_("Since {date}, then at each change.")

TITLES: dict[str, str] = {
    "acts": N_("Acts: decisions and orders"),
    "decisions": N_("List of the decisions of each session"),
    "minutes": N_("Minutes of each session"),
    "budget_in_brief": N_("Budget in brief"),
    "subventions": N_("Subsidies of more than €23,000"),
    "decp": N_("Public contracts of €40,000 and more"),
    "concessions": N_("Concession contracts"),
    "bal": N_("Addresses"),
    "urbanisme": N_("Planning documents"),
    "dae": N_("Defibrillators"),
    "irve": N_("Charging points for vehicles"),
    "stationnement": N_("Car parks"),
    "covoiturage": N_("Carpooling places"),
    "cyclable": N_("Cycle routes"),
    "hautes-remunerations": N_("Highest pay"),
    "repertoire": N_("List of its main documents"),
    "catalogue": N_("Catalogue of its data"),
    "deliberations": N_("Table of its decisions"),
    "budget": N_("Table of its budget"),
    "equipements": N_("Public facilities"),
    "prenoms": N_("First names of newborns"),
    "menus-collectifs": N_("Canteen menus"),
    "plats-menus-collectifs": N_("Canteen dishes"),
    "fontaines": N_("Drinking fountains"),
    "taxis": N_("Taxi ranks"),
    "stationnement-cyclable": N_("Cycle parking"),
    "profil-acheteur": N_("Address of its buyer profile"),
    "arretes-marchandises": N_("Rules for goods vehicles"),
    "aires-livraison": N_("Delivery bays"),
    "mediation-numerique": N_("Places of digital help"),
    "associations": N_("Local associations"),
    "algorithmes": N_("Rules of automated decisions"),
    "pei": N_("Fire hydrants"),
}

FREQUENCIES: dict[str, str] = {
    "continuous": N_("Kept up to date."),
    "yearly": N_("Every year."),
    "each_session": N_("After each session of the council."),
    "two_months_online": N_("As soon as they are taken, for two months at least."),
    "week_after_session": N_("Within a week after each session."),
    "week_after_adoption": N_("Within a week after they are adopted."),
    "three_months_after_signature": N_("Within three months after signature."),
    "two_months_after_notification": N_("Within two months after notification."),
    "before_execution": N_("Before the contract begins."),
    "month_after_adoption": N_("Within a month after the vote."),
    "each_change": N_("At each change."),
    "never": N_("Nothing to publish."),
}

REASONS: dict[str, str] = {
    "not_yet": N_("This rule is not in force yet."),
    "small_population": N_("It has less than 3,500 inhabitants."),
    "near_population": N_("It may have 3,500 inhabitants, by the legal count."),
    "unknown_population": N_("Its population is not known."),
    "enough_agents": N_("It employs 50 agents or more."),
    "too_few_agents": N_("It employs less than 50 agents."),
    "band_over": N_("It seems to employ 50 agents or more."),
    "band_under": N_("It seems to employ less than 50 agents."),
    "unknown_agents": N_("Its number of agents is not known."),
    "has_website": N_("It has a website."),
    "no_website": N_("It has no website."),
    "maybe_website": N_("Compulsory as soon as it has a website."),
    "acts_electronic": N_("Its acts must be published online."),
    "acts_no_vote": N_("Without a vote of the council, publication is online."),
    "acts_voted": N_("Its council chose online publication."),
    "acts_unknown_vote": N_("Compulsory unless the council chose paper or posting."),
    "acts_on_paper": N_("Its council chose paper or posting."),
    "rules_of_communes": N_("Groupings follow the rules of communes."),
    "has_grants": N_("It grants subsidies of more than €23,000."),
    "no_grants": N_("It grants no subsidy of more than €23,000."),
    "maybe_grants": N_("Compulsory if it grants a subsidy of more than €23,000."),
    "public_body": N_("The rule covers bodies of private law."),
    "large_grant": N_("The subsidy is of more than €23,000 in the year."),
    "grants_add_up": N_("These subsidies exceed €23,000 within twelve months."),
    "small_grant": N_("The subsidy does not exceed €23,000."),
    "grouping_grants": N_("The text does not name groupings."),
    "has_contract": N_("It signs contracts of €40,000 or more, before tax."),
    "no_contract": N_("It signs no contract of €40,000, before tax."),
    "maybe_contract": N_("Compulsory for every contract of €40,000, before tax."),
    "large_contract": N_("The contract is of €40,000 or more, before tax."),
    "listed_contract": N_("The contract may be in the list of the year."),
    "small_contract": N_("The contract is of less than €25,000, before tax."),
    "has_concession": N_("It grants concessions."),
    "no_concession": N_("It grants no concession."),
    "maybe_concession": N_("Compulsory if it grants a concession."),
    "any_concession": N_("Every concession is concerned."),
    "unknown_members": N_("Compulsory if a commune has 3,500 inhabitants."),
    "small_members": N_("None of its communes has 3,500 inhabitants."),
    "every_commune": N_("Every commune is concerned."),
    "communes_only": N_("Only communes are concerned."),
    "other_kind": N_("This kind of authority is not concerned."),
    "no_duty": N_("No text requires it. The fire service may object to it."),
    "all_of_kind": N_("Every authority of this kind is concerned."),
    "over_40000": N_("It has more than 40,000 inhabitants."),
    "under_40000": N_("It has 40,000 inhabitants or less."),
    "has_plan": N_("It has a planning document."),
    "no_plan": N_("It has no planning document."),
    "maybe_plan": N_("Compulsory if it has a planning document."),
    "holds_it": N_("It holds such data."),
    "holds_none": N_("It holds no such data."),
    "maybe_holds": N_("Compulsory if it holds such data."),
}

QUESTIONS: dict[str, str] = {
    "website": N_("Does the authority have a website?"),
    "vote": N_("How did the council choose to publish its acts?"),
    "grants": N_("Does it grant subsidies of more than €23,000?"),
    "contracts": N_("Does it sign contracts of €40,000 or more?"),
    "concessions": N_("Does it grant concessions?"),
    "chargers": N_("Does it own charging points?"),
    "parking": N_("Does it hold data on car parks?"),
    "carpooling": N_("Does it hold data on carpooling places?"),
    "cycling": N_("Does it hold data on cycle routes?"),
    "defibrillators": N_("Does it own defibrillators?"),
    "plan": N_("Does it have a planning document?"),
    "agents": N_("How many agents does it employ, in full-time equivalents?"),
    "population": N_("What is its legal population?"),
    "open_syndicate": N_("Is it open to others than communes and their groupings?"),
    "signature": N_("When was the agreement signed?"),
}
