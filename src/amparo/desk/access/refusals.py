"""Why a page or a change was refused, in words. Every reason code of every room's policies has its sentence here.

The sentences tell the rule and what to do next, and never what exists.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from .words import REFUSALS

GENERAL: Any = _("The rules of this office do not allow this for you. If your work needs it, ask your supervisor.")
FUTURE: Any = _("That day has not come yet: give today or an earlier day.")
ELSEWHERE: Any = _("You do not work on this, so it does not open for you. If you should, ask the case manager or your supervisor.")

ACCESS: dict[str, Any] = REFUSALS | {
    "second_factor_missing": _(
        "This page needs a second proof that it is you: a code from your device, or a passkey. "
        "Sign in again with it, or set one up first."
    ),
    "no_membership": _("Your account belongs to no organisation here, or no longer does. Ask your administrator."),
    "member_inactive": _(
        "A place in this organisation has ended, yours or the one you meant. Ask the administrator if that is wrong."
    ),
    "outside_body": _(
        "Outside bodies open no records here. What an organisation wishes to tell you, it sends you or opens to you itself."
    ),
    "not_your_role": _("Your role does not include this page. If your work needs it, ask your supervisor."),
    "roles_rest": _("Your access to cases rests until a supervisor of your office confirms it. Ask one."),
    "another_supervisor_confirms": _("A supervisor confirms this, and another than who gave the roles or made the link."),
    "not_yourself": _("Nobody changes their own place or roles. Ask another administrator."),
    "changed_since_shown": _("This member’s roles were changed meanwhile. Open the page again and look at what stands there now."),
    "already_shut_out": _("This record is closed to them already, with other words. Write yours as a note of the case."),
    "other_organisation": ELSEWHERE,
    "erased": _("What this record held was erased for good. Nothing can be added to it."),
}
CASES: dict[str, Any] = {
    "not_on_the_team": ELSEWHERE,
    "case_closed": _("This case has ended. A supervisor can open it again, with a reason."),
    "supervisor_decides": _("This is for a supervisor to decide."),
    "name_hidden_for_role": _(
        "Your role works with the pseudonym: the name and what identifies the person stay with those who need them."
    ),
    "no_such_step": _("This step does not follow from where the case stands now. Open the page again and choose a step."),
    "reason_missing": _("Say why: this step needs a reason."),
    "role_has_no_cases": _("This colleague’s role cannot work on cases."),
    "day_in_the_future": FUTURE,
    "day_too_early": _("Check the year: nothing that is recorded here is older than 1990."),
    "posted_otherwise": _(
        "This form was sent before, and what it said then is saved. What it says now is different and is not saved yet. "
        "Correct what is saved where it stands, or send this form again to save it as well."
    ),
}
REACHING: dict[str, Any] = {
    "shut_out": ELSEWHERE,
    "nothing_opens_here": _(
        "Nothing can be opened in an emergency under what you gave. Check the number or the pseudonym; "
        "if it is right, call the case manager or a supervisor now. Every attempt is written down."
    ),
    "already_open_to_you": _("This record is open to you already: find it in the list of people."),
    "emergency_reason_missing": _("Say what the emergency is: a supervisor reads it afterwards."),
    "too_many_emergencies": _("You hold three records open by emergency. End one of them first, or call a supervisor."),
    "too_many_attempts": _("That was tried too often. Call the case manager or a supervisor now; in an hour you can try again."),
    "nobody_to_tell": _(
        "Nobody else works here who could be told, so nothing opens. Ask the administrator to invite a supervisor."
    ),
    "emergency_only_reads": _("An emergency lets you read and write notes. What is recorded is changed by who works on the case."),
    "not_your_own_emergency": _("You opened this record yourself, so another supervisor reviews it."),
    "already_reviewed": _("Somebody gave their verdict in the meantime, and it stands."),
    "field_withheld": _("This form holds something that is closed to your role, so nothing of it was saved."),
    "answers_hidden_for_role": _(
        "What was answered in a screening is kept for who leads the case. The outcome stands on the overview."
    ),
    "covers_themselves": _("Choose another colleague: nobody stands in for themselves."),
    "cover_is_over": _("The last day lies before the first day, or is over: check the days."),
    "cover_too_long": _("A leave cover lasts three months at most. For longer, hand the cases over."),
    "nothing_to_hand_over": _("There is nothing to hand over any more. Open the page again."),
    "nothing_to_export": _("No case fits these filters: there is nothing to export."),
    "export_too_long": _("The list is longer than you may take out at once. Narrow it, or ask a supervisor."),
    "too_many_lists": _("You keep as many lists as there is room for. Forget one that you need no more."),
}
OVERSIGHT: dict[str, Any] = {
    "own_reading": _("Somebody else looks at how you read records, as you look at how others do."),
    "already_judged": _("This occasion was explained in the meantime. Open the page again."),
}
KEEPING: dict[str, Any] = {
    "legal_hold": _("A legal hold stands: nothing held on this person can be erased until somebody has lifted it."),
    "hold_incomplete": _("Say who asks that the record is kept, and why."),
    "hold_is_lifted": _("This hold was lifted in the meantime."),
    "lifted_by_another": _("You placed this hold, so another supervisor lifts it."),
    "extension_needs_a_day": _("Give a day that has not come yet: until then the record is kept."),
    "not_due_yet": _("Its time is not over. Choose another ground, or wait."),
    "request_waits": _("The person asked something that is not answered yet: answer it first, nothing is erased before."),
    "proposed_before": _("Something is proposed for this person already. It waits for a second person."),
    "proposed_by_yourself": _("You proposed this, so somebody else confirms it. You can take it back."),
    "proposal_settled": _("Somebody decided this in the meantime. Open the page again."),
    "processing_restricted": _("The person objects: nothing of their record is used or passed on until that is answered."),
    "request_answered": _("This request was answered in the meantime. Open the page again."),
    "not_identified": _("First write down how it is known that it is the person."),
    "extended_before": _("More time was taken before, and it is taken only once."),
    "correction_incomplete": _("Say what it should say; a date as 1991, 1991-04 or 1991-04-02."),
    "remedy_missing": _("Who is refused is told where to complain."),
}
CONSENT: dict[str, Any] = {
    "consent_not_given": _("The person has not agreed to this. Ask them first, and write the answer down."),
    "consent_refused": _("The person said no to this. That stands until they say otherwise."),
    "consent_withdrawn": _("The person took their consent to this back. It works at once."),
    "consent_expired": _("The consent to this has ended. Ask the person again."),
    "consent_narrower": _("The person agreed to pass on less than this. Leave the rest out, or ask them again."),
    "consent_names_another": _(
        "This consent names somebody else. Ask the person about this body, and write its name down as it stands here."
    ),
    "already_answered": _("This question was answered in the meantime. Open the page again."),
    "already_withdrawn": _(
        "The consent was withdrawn before, and that stands. These words are not saved: write them down as a note."
    ),
    "nothing_to_withdraw": _("Only a consent that was given can be withdrawn. Open the page again."),
    "asked_has_no_decision": _("The person has not answered yet: leave this day empty."),
    "decision_needs_a_day": _("Give the day of the answer."),
    "decided_before_asked": _("The answer cannot be older than the question."),
    "not_explained": _("A yes counts only when everything was explained in words the person understands."),
    "guardian_missing": _("The person is treated as a child: the guardian gives consent, and the child is asked too."),
    "child_says_no": _("The child does not agree: this cannot be recorded as given."),
    "child_not_asked": _("Ask the child too, and write down what they say. Where a child cannot be asked, say why."),
    "child_assent_unknown": _("Not knowing whether a child agrees is not agreement: ask the child."),
    "recipient_missing": _("Name the organisation that would receive the data."),
    "data_missing": _("Say which data the person agrees to pass on."),
    "publication_not_told": _("Tell the person first: what was published stays published, even after a withdrawal."),
    "ends_before_it_begins": _("The end lies before the answer."),
    "not_a_body": _("Choose the outside body from the list: only those whose police officers sign in here can read an excerpt."),
    "basis_incomplete": _("A legal basis names the authority that ordered it and the reference of the order."),
    "disclosure_is_over": _("The last day lies before the first day, or is over: check the days."),
    "disclosure_too_long": _("An excerpt is open for half a year at most. After that the ground is looked at again."),
    "confirmed_by_another": _("You entered this legal basis, so somebody else who works on the case confirms it."),
    "disclosure_settled": _("There is nothing to confirm here any more. Open the page again."),
}
IDENTIFICATION: dict[str, Any] = {
    "no_consent_to_interview": _(
        "Without the person’s agreement there is no conversation. Write a note instead; help is open all the same."
    ),
    "already_decided": _("Somebody has decided in the meantime. What is new now belongs into a new screening."),
    "answer_not_offered": _("One of the answers is none of those offered. Open the page again."),
    "source_missing": _("A yes or a no says where it comes from: the person, what you saw, or a document."),
    "reasons_missing": _("Give reasons: they are kept with the decision."),
    "decided_before_held": _("The decision cannot be older than the conversation."),
}
SIGNALS: dict[str, Any] = {
    "too_many_signals": _("You handed in twenty signals since yesterday. If there is more, call the office."),
    "no_such_office": _("Choose the office from the list."),
    "no_such_record": _("No such record among those you work on: check the number."),
    "signal_settled": _("Somebody said in the meantime what came of this signal."),
    "outcome_missing": _("Say what came of it: nobody settles a signal without a word."),
}
EVIDENCE: dict[str, Any] = {
    "steward_only": _("Data are contributed by a data steward. Ask who holds that role."),
    "stewards_draft": _("Releases are prepared by a data steward. Ask who holds that role."),
    "not_your_organisation": _("This release is another organisation’s: only its own stewards change it."),
    "no_longer_a_draft": _("This release is no longer a draft, so it cannot be changed. Open it again to see where it stands."),
    "reviewers_judge": _("Verdicts on releases are given by reviewers. Ask who holds that role."),
    "nothing_to_judge": _("Nobody is asked for a verdict on this release now. Open it again to see where it stands."),
    "authors_do_not_judge": _("You prepared this release, so others review it."),
    "verdict_given": _("You have given your verdict in this round, and it stands. Another round asks you again."),
    "verdicts_open_later": _("The others’ verdicts open once you have given yours, or when the round has ended."),
}
WORDS: dict[str, Any] = ACCESS | CASES | REACHING | OVERSIGHT | KEEPING | CONSENT | SIGNALS | IDENTIFICATION | EVIDENCE


def say(reason: str) -> Any:
    """Return the sentence for a reason code."""
    return WORDS.get(reason, GENERAL)
