"""Takes invented persons into the desk by the desk's own actions, as a caseworker would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any

from amparo.demo import journeys as telling
from amparo.demo import stories
from amparo.demo.partner_files import NOT_ASKED, months_band
from amparo.demo.people import Persona, Stretch
from amparo.desk.access.models import Member
from amparo.desk.cases import actions as cases
from amparo.desk.cases.choices import NoteKind, Risk, TeamRole
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import Stage
from amparo.desk.consent import actions as consents
from amparo.desk.consent import leaflets, signing
from amparo.desk.consent.rules import Data, Purpose, State
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.country import lookup
from amparo.desk.identification import actions as screenings
from amparo.desk.identification import formal_actions, help_actions, indicators
from amparo.desk.identification.formal import StepKind
from amparo.desk.identification.models import Screening
from amparo.desk.identification.rules import Outcome
from amparo.desk.journeys import actions as journeys
from amparo.standard import codes

RISKS = {"high": Risk.HIGH, "medium": Risk.MEDIUM, "low": Risk.LOW}
BY = {"road": "car", "rail": "train", "sea": "boat"}
TOO_YOUNG_TO_ASK = 4
LATE_SHARE = 0.03
FORMAL_SHARE = 0.6
NOT_IDENTIFIED_SHARE = 0.2
Happening = tuple[date, Callable[[], object]]
"""A day, and what was done on it."""
LANGUAGES = {"XA": ["rus"], "XB": ["eng"], "XC": ["spa"]}


class Caseload:
    """One office's persons on their way into its cases; `random` and `today` make it repeatable."""

    def __init__(self, *, worker: Member, supervisor: Member, random: Random, today: date) -> None:
        self.worker, self.supervisor, self.random, self.today = worker, supervisor, random, today
        self.language = worker.user.language

    def take_in(self, persona: Persona) -> Case:
        """Open a case and lead it as far as time allows: screening, consents, journey, notes, stage."""
        random = self.random
        case = cases.open_case(
            by=self.worker,
            person=self._person(persona),
            opened_on=persona.registered_on,
            case=self._facts(persona),
        )
        if self.supervisor != self.worker:
            since, role = persona.registered_on, TeamRole.SUPERVISOR
            cases.join_team(case=case, by=self.supervisor, member=self.supervisor, role=role, since=since)
        happened = [
            self._agree(case, Purpose.ASSISTANCE, persona, agrees=True),
            *(decided := self._screen(case, persona)),
            self._agree(case, Purpose.STATISTICS, persona, agrees=persona.agrees_to_statistics),
            (decided[0][0], partial(self._tell_journey, case, persona)),
            *(self._note(case, persona, number) for number in range(random.randrange(1, 4))),
            *self._lead_on(case, persona, is_presumed=len(decided) > 1),
            (persona.registered_on, partial(self._tell_rights, case, persona)),
        ]
        if len(decided) > 1 and self.random.random() < FORMAL_SHARE:
            happened += self._ask_formally(case, persona)
        for _day, act in sorted(happened, key=lambda pair: pair[0]):
            act()
        return case

    def _tell_rights(self, case: Case, persona: Persona) -> None:
        """Rights are explained before the first question."""
        told = {"told_on": persona.registered_on, "rights": [one.code for one in leaflets.rights()]}
        language = {"language": LANGUAGES[persona.citizenship][0], "understood": "yes"}
        signing.tell_rights(case=case, by=self.worker, values=told | language)

    def _ask_formally(self, case: Case, persona: Persona) -> list[Happening]:
        """A competent body of the office's country is asked; older procedures are decided, and a no is followed by other help."""
        country, asked_on = case.organisation.country, min(self.today, persona.registered_on + timedelta(days=9))
        bodies = lookup.on(country, asked_on).bodies_that("formal_decision")
        if not bodies:
            return []
        decided_on = asked_on + timedelta(days=self.random.randrange(40, 90))
        kind = StepKind.NOT_IDENTIFIED if self.random.random() < NOT_IDENTIFIED_SHARE else StepKind.IDENTIFIED
        happened: list[Happening] = [(asked_on, partial(self._notify, case, country, bodies[0].code, asked_on))]
        if decided_on < self.today:
            happened.append((decided_on, partial(self._formal_step, case, kind, decided_on)))
        return happened

    def _notify(self, case: Case, country: str, body: str, on: date) -> None:
        values = {"country": country, "body": body, "notified_on": on}
        formal_actions.notify(case=case, by=self.worker, values=values)
        self._formal_step(case, StepKind.REFLECTION, on)

    def _formal_step(self, case: Case, kind: StepKind, on: date) -> None:
        [procedure] = case.procedures.all()
        reasons = stories.NOT_SHOWN[self.language] if kind is StepKind.NOT_IDENTIFIED else ""
        values = {"kind": kind.value, "happened_on": on, "reasons": reasons}
        formal_actions.add_step(procedure=procedure, by=self.worker, values=values)
        if kind is StepKind.NOT_IDENTIFIED:
            offered = {"kind": "legal", "offered_on": on, "wanted": "yes", "led_to": stories.LED_TO[self.language]}
            help_actions.offer(case=case, by=self.worker, values=offered)

    def _tell_journey(self, case: Case, persona: Persona) -> None:
        values = [self._leg(stretch, last=stretch is persona.journey[-1]) for stretch in persona.journey]
        legs = [journeys.add_leg(case=case, by=self.worker, values=told) for told in (*values, self._stay(persona))]
        if telling.tells_more(persona):
            telling.tell(case=case, persona=persona, by=self.worker, legs=legs, language=self.language)

    def _person(self, persona: Persona) -> Mapping[str, Any]:
        random = self.random
        known = random.random()
        values: dict[str, Any] = {
            "given_names": persona.given_name,
            "family_name": persona.family_name if random.random() < 0.93 else "",
            "gender": persona.gender,
            "citizenship": [persona.citizenship],
            "languages": LANGUAGES[persona.citizenship],
            "interpreter": "yes" if persona.citizenship != persona.partner.country else "no",
            "safe_contact_rule": random.choice(stories.SAFE[self.language]),
            "phone": f"+000 555 {persona.number:04d}",
        }
        born = persona.birth_date
        if known < 0.55:
            values["birth_date"] = PartialDate(born.year, born.month, born.day, Known.STATED)
        elif known < 0.8:
            values["birth_date"] = PartialDate(born.year, known=Known.ESTIMATED)
        else:
            values |= {"stated_age": persona.age_years, "age_stated_on": persona.registered_on, "age_source": "stated"}
        values["age_is_contested"] = 16 <= persona.age_years <= 18 and random.random() < 0.15
        return values

    def _facts(self, persona: Persona) -> Mapping[str, Any]:
        means = self._asked("means_of_control", persona.means) if persona.has_means_recorded else {}
        labour = persona.sector or {"begging": "Begging", "crime": "IllicitActivities"}.get(persona.path, "")
        return {
            "exploitation": self._asked("exploitation", persona.exploitation),
            "means": means,
            "labour_types": {labour: "yes"} if labour else {},
            "sex_types": dict.fromkeys(persona.sex_types, "yes"),
            "recruiter_relations": {persona.recruiter: "yes"} if self.random.random() < 0.75 else {},
            "abduction": "yes" if persona.was_abducted else "no",
            "exploitation_country": persona.exploitation_country,
            "exploitation_place": persona.journey[-1].to_place,
            "months_trafficked": months_band(persona.months) if self.random.random() < 0.7 else "",
        }

    def _asked(self, code_list: str, yes: tuple[str, ...]) -> dict[str, str]:
        """Most questions were asked; some stay unknown, a few were declined."""
        answers = {}
        for code in codes.load(code_list).current.codes:
            if code.code in NOT_ASKED[code_list]:
                continue
            chance = self.random.random()
            if code.code in yes:
                answers[code.code] = "yes"
            elif chance < 0.8:
                answers[code.code] = "no" if chance < 0.72 else "unknown" if chance < 0.78 else "declined"
        return answers

    def _agree(self, case: Case, purpose: Purpose, persona: Persona, *, agrees: bool) -> Happening:
        day = min(self.today, persona.registered_on + timedelta(days=self.random.randrange(0, 10)))
        is_young = treated_as_child(case, on=day) is Finding.YES
        is_little = is_young and persona.age_years <= TOO_YOUNG_TO_ASK
        values = {
            "state": State.GIVEN if agrees else State.REFUSED,
            "asked_on": persona.registered_on,
            "decided_on": day,
            "giver": "guardian" if is_young else "person",
            "guardian_name": stories.GUARDIAN[self.language] if is_young else "",
            "assent": "yes" if is_young and not is_little else "",
            "why_not_asked": stories.TOO_YOUNG[self.language] if is_little else "",
            "language": LANGUAGES[persona.citizenship][0],
            "was_explained": True,
            "told_of_publication": purpose is Purpose.STATISTICS,
            "data": [Data.STATISTICAL] if purpose is Purpose.STATISTICS else [Data.IDENTITY, Data.STORY],
        }
        return day, partial(consents.record, case=case, by=self.worker, purpose=purpose, values=values)

    def _guardian_says(self, case: Case, day: date) -> str:
        """Most guardians agree; now and then there is none yet, and the record says so."""
        if treated_as_child(case, on=day) is not Finding.YES:
            return ""
        return "nobody" if case.number.endswith(("3", "7")) else "yes"

    def _screen(self, case: Case, persona: Persona) -> list[Happening]:
        """The conversation, and the decision unless it still waits."""
        held_on = min(self.today, persona.registered_on + timedelta(days=self.random.randrange(0, 6)))
        setting = {
            "held_on": held_on,
            "setting": self.random.choice(("office", "shelter", "health")),
            "consent_to_interview": "yes",
            "guardian_agrees": self._guardian_says(case, held_on),
        }
        answers = self._answers(persona)
        waits = (self.today - held_on).days < 5 and self.random.random() < 0.6
        held = (held_on, partial(self._hold, case, setting, answers))
        return [held] if waits else [held, (held_on, partial(self._decide, case, held_on))]

    def _hold(self, case: Case, setting: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        begun = screenings.start(case=case, by=self.worker, values=setting)
        screenings.keep_answers(screening=begun, by=self.worker, step="work", answers=answers, version=begun.version)

    def _decide(self, case: Case, on: date) -> None:
        screening = Screening.objects.select_related("case").get(case=case)
        screenings.decide(
            screening=screening,
            by=self.worker,
            outcome=Outcome.PRESUMED,
            reasons=stories.REASONS[self.language],
            on=on,
            version=screening.version,
        )

    def _answers(self, persona: Persona) -> dict[str, dict[str, str]]:
        """Answers that fit what happened: an indicator speaks for a recorded fact, or is unknown or no."""
        happened = {f"means.{code}" for code in persona.means} | {f"exploitation.{code}" for code in persona.exploitation}
        answers = {}
        for indicator in indicators.every().values():
            chance = self.random.random()
            if indicator.fact and indicator.fact in happened:
                answer = "yes"
            elif indicator.element == "act":
                answer = "yes" if chance < 0.5 else "unknown"
            else:
                answer = "no" if chance < 0.55 else "unknown" if chance < 0.7 else ""
            if answer:
                answers[indicator.code] = {
                    "answer": answer,
                    "source": self.random.choice(("statement", "statement", "observation")),
                }
        return answers

    def _leg(self, stretch: Stretch, *, last: bool) -> Mapping[str, Any]:
        return {
            "kind": stretch.kind,
            "act": "transportation" if last else "recruitment",
            "from_country": stretch.from_country,
            "from_place": stretch.from_place,
            "to_country": stretch.to_country,
            "to_place": stretch.to_place,
            "started_on": PartialDate(stretch.begun.year, stretch.begun.month, known=Known.ESTIMATED),
            "transport": BY[stretch.transport],
            "border": "none"
            if stretch.from_country == stretch.to_country
            else self.random.choice(("own_papers", "other_papers", "away")),
            "decided_by": self.random.choice(("recruiter", "person", "family")),
            "paid_by": self.random.choice(("debt", "recruiter", "family")),
            "source": "statement",
        }

    def _stay(self, persona: Persona) -> Mapping[str, Any]:
        """The place where the exploitation was, from the arrival until shortly before the registration."""
        arrived, left = persona.journey[-1], persona.registered_on - timedelta(days=self.random.randrange(2, 19))
        return {
            "kind": "Exploitation",
            "act": "harbouring",
            "from_country": arrived.to_country,
            "from_place": arrived.to_place,
            "to_country": arrived.to_country,
            "to_place": arrived.to_place,
            "started_on": PartialDate(arrived.begun.year, arrived.begun.month, known=Known.ESTIMATED),
            "ended_on": PartialDate(left.year, left.month, left.day, Known.STATED),
            "transport": "none",
            "border": "none",
            "moved_freely": "no" if self.random.random() < 0.8 else "unknown",
            "source": "statement",
        }

    def _note(self, case: Case, persona: Persona, number: int) -> Happening:
        kind = self.random.choice(tuple(stories.NOTES[self.language]))
        day = min(self.today, persona.registered_on + timedelta(days=number * 17 + self.random.randrange(0, 9)))
        text = self.random.choice(stories.NOTES[self.language][kind])
        return day, partial(cases.write_note, case=case, by=self.worker, kind=NoteKind(kind), happened_on=day, text=text)

    def _lead_on(self, case: Case, persona: Persona, *, is_presumed: bool) -> Iterator[Happening]:
        """The risk, the stages of older cases; the oldest are closed, and the others have a next step."""
        age_days, worker = (self.today - persona.registered_on).days, self.worker
        on, why = min(self.today, persona.registered_on + timedelta(days=3)), stories.RISKS[self.language][persona.risk]
        yield on, partial(cases.assess_risk, case=case, by=worker, risk=RISKS[persona.risk], on=on, reason=why)
        if not is_presumed:
            return
        for number, stage in enumerate((Stage.CRISIS_SUPPORT, Stage.REFLECTION, Stage.LONG_TERM_SUPPORT), start=1):
            if age_days < number * 40:
                break
            on = persona.registered_on + timedelta(days=number * 30)
            yield on, partial(cases.move, case=case, by=worker, to=stage, on=on)
        if age_days > 420 or (age_days > 240 and self.random.random() < 0.5):
            on, why = persona.registered_on + timedelta(days=220), stories.CLOSED[self.language]
            yield on, partial(cases.move, case=case, by=self.supervisor, to=Stage.CLOSED, on=on, reason=why)
            return
        yield self.today, partial(self._plan, case)

    def _plan(self, case: Case) -> None:
        """What comes next, mostly in the coming weeks; a few steps are late, as in any office."""
        case.refresh_from_db()
        late = self.random.random() < LATE_SHARE
        days = -self.random.randrange(1, 4) if late else self.random.randrange(0, 28)
        step = {"next_step": self.random.choice(stories.STEPS[self.language]), "next_step_on": self.today + timedelta(days=days)}
        cases.change_case(case=case, by=self.worker, values=step, version=case.version)
