"""Five people, from the first word to a decided screening, in a real browser and with the keyboard alone."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.stages import Stage
from amparo.desk.consent import queries as consents
from amparo.desk.consent.models import Consent, RightsTold, Signature
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import keys
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions as screenings
from amparo.desk.identification.models import FormalProcedure, OtherHelp, Screening
from amparo.desk.intake.models import Batch, Signal

from .keyboard import Keyboard, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


@pytest.fixture
def sit_down(chromium, live_server):
    """Return a function that puts a member before a page, with or without script."""
    keys.unlock(b"\x07" * 32)
    opened = []

    def before(member, address, *, script=True, language="en"):
        size = {"width": 1280, "height": 900}
        context = chromium.new_context(viewport=size, locale=language, java_script_enabled=script)
        context.set_default_timeout(6_000)
        session = SessionStore()
        session["_auth_user_id"] = str(member.user.pk)
        session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
        session["_auth_user_hash"] = member.user.get_session_auth_hash()
        session.save()
        held = {"amparo_session": session.session_key, "amparo_language": language}
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in held.items()])
        page = context.new_page()
        page.goto(live_server.url + address)
        opened.append(context)
        return Keyboard(page, script=script)

    yield before
    for context in opened:
        context.close()


def sound(at):
    """Whoever reads the page can: axe finds nothing, nothing spills over narrow, zoomed or right to left."""
    assert faults(at.page, script=at.script) == []


def says(at, *words):
    """The content of the page says these words."""
    content = at.page.locator("main").inner_text()
    for each in words:
        assert each in content, f"the page does not say {each}"


def answer(at, **answers):
    """Answer questions of one page of a screening, in their order, and go on."""
    for code, given in answers.items():
        at.choose(at.named(f"{code.replace('_', '-')}.answer", given))
    at.button("Save and go on")


def begin(at, setting, *, indicators=""):
    """Begin a screening from its page, with the person's agreement."""
    at.link("Begin a screening")
    at.pick(at.named("setting"), setting)
    if indicators:
        at.pick(at.named("indicator_set"), indicators)
    at.choose(at.named("consent_to_interview", "yes"))
    at.button("Save and go on")


def decide(at, outcome, reasons):
    """Decide under one's own name; a decision without reasons comes back with what was chosen."""
    at.choose(at.named("outcome", outcome))
    at.button("Decide")
    assert at.is_at(".errsum")
    assert at.named("outcome", outcome).is_checked(), "what was chosen comes back"
    assert not Screening.objects.filter(outcome=outcome).exclude(reasons__gt="").exists()
    at.type(at.named("reasons"), reasons)
    at.button("Decide")
    says(at, "The decision is recorded under your name.")
    assert Screening.objects.get(outcome=outcome).reasons == reasons


@SCRIPT
def test_a_man_in_debt_bondage_found_by_a_labour_inspection(sit_down, her_caseworker, shelter, make_member, script):
    inspection = Organisation.objects.create(name="Labour inspection", country="XC", kind="GOV")
    inspector = sit_down(make_member(inspection, "labour_inspection", name="I. Nspector"), "/referring-in/", script=script)
    inspector.choose(inspector.named("danger", "no"))
    inspector.type(inspector.named("text"), "A man on a building site owes the foreman more each month.")
    inspector.button("Hand in")
    signal = Signal.objects.get()
    says(inspector, "It is handed in", signal.number)

    at = sit_down(her_caseworker, "/", script=script)
    at.link("1 signal waits")
    at.link(signal.number)
    at.button("I look into it")
    at.button("Open the cases")
    case = Case.objects.get()
    assert case.stage == "signal"
    says(at, "owes the foreman more each month")
    sound(at)
    at.tab("Identification")
    begin(at, "workplace", indicators="ilo-11@1")
    answer(at, REC_1="yes", REC_6="yes")
    says(at, "Men and boys: asked the same questions")
    answer(at, FRE_6="yes")
    answer(at, WRK_1="yes", WRK_4="yes", WRK_14="declined")
    answer(at, VIO_3="unknown")
    says(at, "Proposed: presumed victim of trafficking", "Act, means and purpose are shown.")
    sound(at)
    decide(at, "presumed", "The advance, the ledger and the passports kept by the foreman.")
    sound(at)
    decided, case = Screening.objects.get(), Case.objects.get()
    assert (decided.outcome, decided.proposed, decided.indicator_set) == ("presumed", "presumed", "ilo-11@1")
    assert (decided.act, decided.means, decided.purpose, decided.child) == ("yes", "yes", "yes", "unknown")
    assert decided.decided_by == her_caseworker
    assert case.means["DebtBondage"] == "yes"
    assert case.stage == "presumed", "help is open"
    at.link("Ask a competent body")
    at.pick(at.named("body"), "XC/costaverde-mechanism")
    at.button("Record it")
    assert FormalProcedure.objects.get().case == case
    assert Case.objects.get().stage == "presumed", "nothing of the other track moves what is open"


def test_a_girl_of_sixteen_at_a_border_who_turns_eighteen_in_care(sit_down, her_caseworker, monkeypatch):
    now = timezone.localdate()
    born = now.replace(year=now.year - 18, day=min(now.day, 28))
    came, of_age = born.replace(year=born.year + 16), born.replace(year=born.year + 18)

    def it_is(day):
        monkeypatch.setattr(timezone, "localdate", lambda *_a, **_k: day)

    it_is(came)
    at = sit_down(her_caseworker, "/people/new/")
    at.type(at.named("given_names"), "Mirel")
    at.type(at.named("birth_date_day"), born.day)
    at.pick(at.named("birth_date_month"), str(born.month))
    at.type(at.named("birth_date_year"), born.year)
    at.pick(at.named("age_source"), "stated")
    at.button("Open the case")
    says(at, "To be treated as a child", "no guardian is recorded")
    case = Case.objects.get()
    home = at.page.url.partition("#")[0]
    at.tab("What is known")
    at.link("Add somebody")
    at.pick(at.named("relation"), "guardian")
    at.type(at.named("name"), "O. Lanu")
    at.button("Save")
    at.tab("Overview")
    assert "no guardian is recorded" not in at.page.locator("main").inner_text()

    at.tab("Consent")
    at.link("Ask for consent")
    says(at, "The person is treated as a child")
    at.choose(at.named("purposes", "referral"))
    at.type(at.named("recipient"), "Port lawyers")
    at.choose(at.named("data", "legal"))
    at.choose(at.named("was_explained"))
    at.choose(at.named("state", "given"))
    at.button("Record the answer")
    assert at.is_at(".errsum")
    says(at, "the guardian gives consent, and the child is asked too", "Ask the child too")
    assert not Consent.objects.exists(), "a child alone gives no consent"
    at.choose(at.named("giver", "guardian"))
    at.type(at.named("guardian_name"), "O. Lanu")
    at.choose(at.named("assent", "no"))
    at.button("Record the answer")
    assert at.is_at(".errsum")
    says(at, "The child does not agree")
    assert not Consent.objects.exists(), "no guardian agrees against the child"
    at.choose(at.named("assent", "yes"))
    at.button("Record the answer")
    says(at, "The child agrees too.")
    sound(at)
    given = Consent.objects.get()
    assert (given.giver, given.assent, given.treated_as_child) == ("guardian", "yes", True)
    covers = partial(consents.covers, case, Purpose.REFERRAL, recipient="Port lawyers", data=["legal"])
    assert covers(on=came)

    at.tab("Identification")
    begin(at, "border")
    answer(at, REC_1="yes")
    answer(at, FRE_1="no")
    answer(at, WRK_1="yes")
    answer(at)
    says(at, "Act and purpose are shown. For a child no means is needed.")
    decide(at, "presumed", "Moved across the border to work for nothing; she is sixteen.")
    decided = Screening.objects.get()
    assert (decided.means, decided.child, decided.child_reason) == ("unknown", "yes", "child_now")
    assert decided.outcome == decided.proposed == Case.objects.get().stage == "presumed"

    it_is(of_age - timedelta(days=60))
    at.page.goto(home)
    says(at, "Comes of age within 90 days", "To be treated as a child")
    assert "answer where the guardian answered" not in at.page.locator("main").inner_text()

    it_is(of_age)
    assert covers(on=of_age).reason == "consent_of_guardian_ended", "from that very day"
    at.page.goto(home)
    says(at, "Of age", "Protection as a child goes on until", "a guardian is still recorded")
    assert "To be treated as a child" not in at.page.locator("main").inner_text()
    sound(at)
    at.press(at.page.locator("header.top a.brand"))
    at.link("Of age: ask the person about consent")
    says(at, "Of age now: ask the person", "nothing leaves")
    sound(at)
    at.link("Ask anew: Passing data to another organisation")
    assert at.named("recipient").input_value() == "Port lawyers"
    assert at.named("purposes", "referral").is_checked()
    assert at.named("data", "legal").is_checked()
    at.choose(at.named("was_explained"))
    at.choose(at.named("state", "given"))
    at.choose(at.named("giver", "guardian"))
    at.button("Record the answer")
    assert at.is_at(".errsum")
    says(at, "The person is of age: they answer themselves")
    at.choose(at.named("giver", "person"))
    at.button("Record the answer")
    assert "ask the person" not in at.page.locator("main").inner_text()
    own = Consent.objects.exclude(pk=given.pk).get()
    assert (own.giver, own.state, own.treated_as_child, own.guardian_until) == ("person", "given", False, None)
    assert covers(on=of_age)

    told = {"REC-1": {"answer": "yes", "source": "statement"}, "WRK-1": {"answer": "yes", "source": "statement"}}

    def talk(of_case):
        held = {"held_on": of_age, "consent_to_interview": "yes"}
        begun = screenings.start(case=of_case, by=her_caseworker, values=held)
        screenings.keep_answers(screening=begun, by=her_caseworker, step="work", answers=told, version=begun.version)
        at.page.goto(at.page.url.split("/cases/")[0] + f"/cases/{of_case.number}/identification/")

    talk(Case.objects.get())
    says(at, "applies: the person was a child when it happened", "Proposed: presumed victim of trafficking")
    again = cases.new_case(person=Person.objects.get(), by=her_caseworker, opened_on=of_age)
    talk(again)
    says(at, "open: an adult now; the record does not say whether this began in childhood", "Not yet: more needs to be known")
    Case.objects.filter(pk=again.pk).update(majority_at_entry="Adult")
    at.page.reload()
    says(at, "does not apply: an adult", "Not yet: more needs to be known")


def test_a_woman_who_calls_a_helpline_and_refuses_all_but_a_lawyer(sit_down, her_caseworker):
    at = sit_down(her_caseworker, "/signals/", script=False)
    at.link("Helpline call")
    at.choose(at.named("danger", "no"))
    at.type(at.named("text"), "Her papers are in a drawer she has no key to.")
    at.type(at.named("answer_to"), "+000 555 0177")
    at.button("Write it down")
    assert not Signal.objects.exists(), "no number without a rule for calling back"
    at.type(at.named("callback_rule"), "Evenings, as the library.")
    at.button("Write it down")
    signal = Signal.objects.get()
    says(at, "sealed", signal.number, "Evenings, as the library.")
    at.choose(at.named("open-caller", "person"))
    at.button("Open the cases")
    case = Case.objects.get()
    says(at, "Her papers are in a drawer")

    at.tab("Consent")
    at.link("Write down which rights were explained")
    for right in ("help", "no", "lawyer"):
        at.choose(at.named("rights", right))
    at.pick(at.named("leaflet"), "rights@1 fr")
    at.button("Record it")
    assert RightsTold.objects.get().leaflet == "rights@1 fr"
    at.link("The person refuses")
    for purpose in ("interview", "statistics", "research"):
        at.choose(at.named("purposes", purpose))
    at.button("Record the no")
    sound(at)
    today = timezone.localdate()
    may = partial(consents.covers, case, on=today)
    for purpose in (Purpose.INTERVIEW, Purpose.STATISTICS, Purpose.RESEARCH):
        assert may(purpose).reason == "consent_refused"

    at.tab("Identification")
    at.link("Begin a screening")
    at.choose(at.named("consent_to_interview", "no"))
    at.button("Save and go on")
    says(at, "there is no conversation", "help is open all the same")
    assert not Screening.objects.exists()
    sound(at)

    at.tab("Consent")
    at.link("Ask for consent")
    at.choose(at.named("purposes", "referral"))
    at.choose(at.named("was_explained"))
    at.choose(at.named("state", "given"))
    at.button("Record the answer")
    says(at, "Name the organisation", "Say which data")
    at.type(at.named("recipient"), "Port lawyers")
    at.choose(at.named("data", "legal"))
    at.button("Record the answer")
    at.link(re.compile("Let it be signed.*Passing data"))
    at.choose(at.named("kind", "typed"))
    at.type(at.named("name"), "S. Oru")
    at.button("Keep the signature")
    assert Signature.objects.get().kind == "typed"
    assert may(Purpose.REFERRAL, recipient="Port lawyers", data=["legal"])
    assert may(Purpose.REFERRAL, recipient="Port lawyers", data=["story"]).reason == "consent_narrower"
    assert may(Purpose.REFERRAL, recipient="Port police", data=["legal"]).reason == "consent_not_given"

    at.link("Ask for consent")
    at.choose(at.named("purposes", "interview"))
    at.choose(at.named("was_explained"))
    at.choose(at.named("state", "given"))
    at.type(at.named("own_words"), "With the lawyer beside me.")
    at.button("Record the answer")
    assert may(Purpose.INTERVIEW), "the last word of the day stands"
    at.tab("Identification")
    begin(at, "remote")
    answer(at, REC_1="yes")
    answer(at, FRE_2="yes")
    answer(at, WRK_1="yes", WRK_4="declined")
    answer(at)
    decide(at, "presumed", "She may not leave, and works for nothing.")
    assert Screening.objects.get().outcome == Case.objects.get().stage == "presumed", "help is open to who refuses the rest"
    for purpose in (Purpose.STATISTICS, Purpose.RESEARCH):
        assert may(purpose, data=["statistical"]).reason == "consent_refused"
    assert consents.covered_cases(case.organisation_id, Purpose.STATISTICS, on=today) == set()
    at.tab("Consent")
    at.button(re.compile("Withdraw now.*Passing data"))
    assert may(Purpose.REFERRAL, recipient="Port lawyers", data=["legal"]).reason == "consent_withdrawn"
    assert Case.objects.get().stage == "presumed", "and nothing changes for the help"


CAME = (
    *("Sefa Aldemar", "Toma Benlit", "Ilja Corvane", "Duri Efanto", "-", "Gorai Hulmen", "Burek Lasto", "Алдемир Наджа"),
    *("Ostal Pirene", "-", "Queno Radish", "Ulvi Tarkon", "Vesna Wolik", "Yaro Zentil", "-", "Bashir Delkor", "Fenna Gultag"),
    *("Hovan Jastrem", "Kemet Lurdo", "-", "Mavra Nistor", "Oleta Pramuk", "Rovik Sandel", "Tizia Umbral", "-", "Wanja Xelor"),
    *("Zuri Akintar", "Cedra Bolvin", "Pramuk Oleta", "-"),
)
"""Whom the boat brought, as they were called out: the eighth was here before, the twenty-ninth is called out twice."""


def type_line(at, line):
    """Type one person as somebody does who looks at the hall and not at the screen: cell, tab, cell, tab."""
    keys_ = at.page.keyboard
    contested = line % 4 == 0
    same = ("Nigeria", "English") if line == 1 else ('"', '"')
    gender = "M" if line % 3 else "F"
    age = "17?" if contested else str(18 + (22 if line == 29 else line))
    cells = (CAME[line - 1], age, contested, gender, *same)
    phone = "000 555 0142" if line == 5 else ""
    for cell in (*cells, phone, "Burns on both legs" if line == 7 else "", "A" if line < 4 else ""):
        if cell is True:
            keys_.press("Space")
        elif cell == gender:
            keys_.press(gender)
        elif cell:
            keys_.insert_text(cell)
        keys_.press("Tab")


@pytest.fixture
def her_earlier_case(her_caseworker, make_member, shelter):
    """An earlier case, closed, of somebody who was a child then."""
    day, boss = timezone.localdate() - timedelta(days=300), make_member(shelter, "supervisor", name="S. Uper")
    person = {"given_names": "Nadja", "family_name": "Aldemir", "stated_age": 16, "age_stated_on": day}
    case = cases.open_case(by=her_caseworker, opened_on=day, person=person)
    cases.move(case=case, by=boss, to=Stage.CLOSED, on=day + timedelta(days=90), reason="Went on alone")
    return Case.objects.get()


@SCRIPT
def test_a_landing_with_thirty_people(sit_down, her_caseworker, her_earlier_case, script):
    at = sit_down(her_caseworker, "/batches/new/", script=script)
    at.choose(at.named("scene", "landing"))
    at.type(at.named("place"), "North quay")
    at.reach(at.named("name_1"))
    for line in range(1, 31):
        type_line(at, line)
    at.page.keyboard.press("Shift+Tab")
    if script:
        at.page.wait_for_selector("[data-same-of='8']")
        at.page.wait_for_selector("[data-same-of='29']")
        assert at.page.evaluate("document.activeElement.name") == "family_30", "nobody is torn from the next line"
        assert not at.page.locator("[data-same-of] details[open]").count(), "and nothing opens by itself"
    at.type(at.named("age_30"), "young")
    at.button("Register everybody")
    assert at.is_at(".errsum")
    assert Case.objects.count() == 1, "all or none"
    says(at, "2 lines may be of somebody who is known", "Person 29 may stand in the table twice")
    says(at, "Person 8 may be recorded already", her_earlier_case.number, "written differently")
    at.reach(at.page.get_by_role("link", name="Person 30: age"))
    at.page.keyboard.press("Enter")
    assert at.page.evaluate("document.activeElement.id") == "id_age_30"
    assert at.named("name_7").input_value() == "Burek Lasto", "everything typed comes back"
    sound(at)
    at.type(at.named("age_30"), 31)
    at.choose(at.named("same_8", her_earlier_case.number))
    at.choose(at.named("same_29", "line:22"))
    at.button("Register everybody")
    batch = Batch.objects.get()
    assert (batch.people, Case.objects.filter(stage=Stage.SIGNAL).count()) == (29, 29)
    assert Person.objects.count() == 29, "nobody was made twice"
    lines = list(batch.lines.select_related("case__person").order_by("line"))
    again = lines[7].case
    assert again.person_id == her_earlier_case.person_id
    assert Case.objects.get(pk=her_earlier_case.pk).is_closed, "it is a further case"
    assert sum(one.case.person.age_is_contested for one in lines) == 7
    sound(at)
    fourth = lines[3].case
    at.press(at.page.locator(f"main a[href='{fourth.address}']").first)
    says(at, "The age is contested")
    at.tab("Identification")
    begin(at, "border")
    answer(at, REC_1="yes")
    answer(at)
    answer(at, WRK_1="no")
    answer(at)
    decide(at, "vulnerable", "Alone, seventeen as he says, and nothing points to exploitation so far.")
    case = Case.objects.get(pk=fourth.pk)
    assert (Screening.objects.get().child_reason, case.stage) == ("child_now", "screened")
    at.pick(at.named("kind"), "asylum")
    at.button("Record it")
    assert OtherHelp.objects.get().case == case, "whoever is vulnerable goes on to other help"
    at.page.goto(at.page.url.split("/cases/")[0] + batch.address)
    says(at, "28 only registered so far")


@pytest.fixture
def his_case(her_caseworker, make_member, shelter):
    """An earlier case of a man, presumed as he was forced to beg, and closed when he moved away."""
    day = timezone.localdate() - timedelta(days=400)
    person = {
        "given_names": "Tavren",
        "birth_date": PartialDate.parse("1995-04~"),
        "safe_contact_rule": "Message only.",
        "phone": "1",
    }
    facts = {"exploitation": {"ForcedBegging": "yes"}, "means": {"Threats": "yes"}}
    case = cases.open_case(by=her_caseworker, opened_on=day, person=person, case=facts)
    cases.move(case=case, by=her_caseworker, to=Stage.PRESUMED, on=day)
    boss = make_member(shelter, "supervisor", name="S. Uper")
    cases.move(case=Case.objects.get(), by=boss, to=Stage.CLOSED, on=day + timedelta(days=90), reason="Moved away")
    return Case.objects.get()


def test_a_person_trafficked_again(sit_down, her_caseworker, his_case):
    at = sit_down(her_caseworker, "/", script=False)
    at.reach(at.page.locator("#find"))
    at.page.keyboard.insert_text("tavren")
    with at.page.expect_navigation():
        at.page.keyboard.press("Enter")
    assert "tavren" not in at.page.url.casefold(), "no name in an address"
    at.link(his_case.pseudonym)
    at.link("Open a new case for this person")
    at.type(at.named("what_changed"), "The same agency found the new number.")
    at.button("Open the new case")
    assert at.is_at(".errsum"), "the focus is on what is missing, without script too"
    assert Case.objects.count() == 1, "why is asked for"
    assert at.named("what_changed").input_value() == "The same agency found the new number.", "what was typed comes back"
    at.choose(at.named("why", "trafficked_again"))
    at.button("Open the new case")
    says(at, "The new case is open.", "The same agency found the new number.", his_case.number)
    assert "Message only." in at.page.locator(".safe").inner_text(), "the rule stays the person’s"
    sound(at)
    case = Case.objects.exclude(pk=his_case.pk).get()
    assert (Person.objects.count(), case.person_id, case.exploitation) == (1, his_case.person_id, {})
    at.tab("Identification")
    begin(at, "office")
    answer(at, REC_1="yes")
    answer(at, FRE_2="yes")
    answer(at, WRK_1="yes")
    answer(at)
    decide(at, "presumed", "Found again by the same agency and locked in at night.")
    decided = Screening.objects.get()
    assert (decided.case, decided.outcome, decided.child) == (case, "presumed", "unknown"), "nobody wrote down when it began"
    case.refresh_from_db()
    assert (case.stage, "ForcedBegging" in case.exploitation) == ("presumed", False), "each exploitation is a case of its own"
    before = Case.objects.get(pk=his_case.pk)
    assert (before.stage, before.exploitation, before.closed_on) == ("closed", {"ForcedBegging": "yes"}, his_case.closed_on)
    at.tab("Overview")
    sound(at)
