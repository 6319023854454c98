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
    "case_still_open": _("This case is open: go on with it. A new case follows one that has ended."),
    "another_case_open": _("Another case of this person is open. Go on with that one, or ask your supervisor."),
    "before_it_ended": _("This day lies before the earlier case ended: check the day."),
    "ended_before_it_began": _("This day lies before the case was opened: check the day."),
    "ended_before_presumed": _("This day lies before the one on which the person was presumed a victim: check the day."),
    "before_the_case": _("This day lies before the office first heard of the person: check the day."),
    "before_birth": _("This day lies before the person was born: check the day, and the date of birth."),
    "earlier_elsewhere": _("This day lies before the case began here: say that it was with another office, or check the day."),
    "again_before": _("The next assessment cannot lie before this one: check the day."),
    "checklist_incomplete": _("Answer each line of the checklist: done, does not apply, or stays open."),
    "line_needs_reason": _("Say why a line stays open or does not apply."),
    "say_what_is_to_do": _("Say what is still to do before the case can end."),
    "no_place_to_give": _("You have no place on the team of this case that you could hand on."),
    "offer_waits": _("You offered your place to somebody already. Take that offer back first."),
    "not_yours_to_answer": _("This was not offered to you, or no longer is."),
    "already_answered": _("This was answered already. Open the page again and look at what stands there now."),
    "not_your_offer": _("Whoever offered it, or a supervisor, takes an offer back."),
    "not_on_this_record": _("This does not stand on this record, or was removed from it."),
    "no_such_case": _("No such case is among yours."),
    "file_too_large": _("The file is too large. Scan it with fewer dots, or split it."),
    "file_empty": _("The file is empty. Choose it again."),
    "file_kind": _("A record keeps PDF, PNG and JPEG files. Save or print this one as PDF first."),
    "photo_kind": _("A photograph is a PNG or a JPEG file."),
    "not_a_picture": _(
        "This file says that it is a picture and cannot be read as one. Save it anew, or take the photograph again."
    ),
    "no_such_step": _("This step does not follow from where the case stands now. Open the page again and choose a step."),
    "reason_missing": _("Say why: this step needs a reason."),
    "role_has_no_cases": _("This colleague’s role cannot work on cases."),
    "too_many_legs": _("There is no room for another leg: a journey has at most 200."),
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
    "field_damaged": _(
        "What this form would replace cannot be opened: what is stored of it was damaged. Nothing was saved and nothing was "
        "written over. Tell whoever keeps the system: a backup may hold it whole."
    ),
    "answers_damaged": _(
        "What was answered cannot be opened: what is stored of it was damaged. Nothing is decided on it until it opens. Help goes "
        "on meanwhile. Tell whoever keeps the system: a backup may hold it whole."
    ),
    "age_damaged": _(
        "The date of birth cannot be opened: what is stored of it was damaged. Nothing is passed on on a consent until it opens, "
        "since nobody can tell who answers for the person. Tell whoever keeps the system: a backup may hold it whole."
    ),
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
QUESTIONS: dict[str, Any] = {
    "edition_is_retired": _("This version is retired. Bring a new version and set that one in force."),
    "edition_is_damaged": _(
        "What is kept of this version is not what was brought. Bring it again, and tell who looks after the site."
    ),
    "edition_not_begun": _("This version is not in force on that day: give its first day or a later one."),
    "day_is_past": _("What was asked on past days is not rewritten: give today or a later day."),
    "day_too_far": _("Check the year: this day lies more than three years ahead."),
    "edition_not_in_force": _(
        "This version of the form is not asked any more. Open the questions of the record again and choose the one in force."
    ),
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
    "consent_refused_to_all": _(
        "The person said no to everybody for this. That stands until they say yes to this recipient in spite of it."
    ),
    "consent_needs_guardian": _(
        "The person is treated as a child: this answer counts once the guardian consents and the child was asked and agrees."
    ),
    "consent_withdrawn": _("The person took their consent to this back. It works at once."),
    "person_objects": _("The person objects: as long as they do, nothing goes to others or into statistics."),
    "consent_expired": _("The consent to this has ended. Ask the person again."),
    "consent_of_guardian_ended": _("The guardian agreed, and the person is of age by now. Ask the person."),
    "nothing_drawn": _("Nothing was drawn. Let the person sign in the field, or choose another way."),
    "paper_missing": _("Choose the scanned paper."),
    "signed_name_missing": _("The person types their name here."),
    "witness_missing": _("Say who heard the spoken answer besides you."),
    "nothing_to_sign": _("These answers are signed already."),
    "rights_missing": _("Tick what was explained."),
    "consent_narrower": _("The person agreed to pass on less than this. Leave the rest out, or ask them again."),
    "consent_names_another": _(
        "This consent names somebody else. Ask the person about this body, and write its name down as it stands here."
    ),
    "already_answered": _("This question was answered in the meantime. Open the page again."),
    "own_words_damaged": _(
        "What was written here before cannot be opened, and nothing is written over it. Leave this empty: the withdrawal then "
        "works at once. Write down as a note what the person says."
    ),
    "already_withdrawn": _(
        "The consent was withdrawn before, and that stands. What is said otherwise here is not saved: write it down as a note."
    ),
    "nothing_to_withdraw": _("Only a consent that was given can be withdrawn. Open the page again."),
    "asked_has_no_decision": _("The person has not answered yet: leave this day empty."),
    "decision_needs_a_day": _("Give the day of the answer."),
    "decided_before_asked": _("The answer cannot be older than the question."),
    "not_explained": _("A yes counts only when everything was explained in words the person understands."),
    "guardian_missing": _("The person is treated as a child: the guardian gives consent, and the child is asked too."),
    "guardian_name_missing": _("Name the guardian, or say that there is none yet and who decided in the child’s best interests."),
    "interests_by_missing": _("Say who decided in the child’s best interests."),
    "interests_why_missing": _("Say why it cannot wait for a guardian, and why it is best for the child."),
    "publication_needs_guardian": _("Statistics and research wait until the child has a guardian who can answer."),
    "of_age_answers": _("The person is of age: they answer themselves, and nobody for them."),
    "child_says_no": _("The child does not agree: this cannot be recorded as given."),
    "child_not_asked": _("Ask the child too, and write down what they say. Where a child cannot be asked, say why."),
    "child_assent_unknown": _("Not knowing whether a child agrees is not agreement: ask the child."),
    "said_no_to_all": _(
        "The person said no to everybody for this. Only if they say yes to this recipient all the same, tick it here."
    ),
    "nobody_else_needs_a_yes": _(
        "This goes with a yes. Where the person says no, leave it empty: a no that names nobody is a no to everybody."
    ),
    "nobody_else_needs_a_recipient": _(
        "Name whom the person says yes to, and tick above that data may be passed on to them: everybody else gets a no."
    ),
    "nobody_else_is_said_today": _(
        "Of an earlier day nobody knows what was said last, so the no would stand for everybody. Ask the person once more, "
        "and record it as answered today."
    ),
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
    "set_not_offered": _("This list of indicators is not offered here on that day: choose another."),
    "set_has_answers": _("Something is answered already, so the list stays. Begin another screening for another list."),
    "body_missing": _("Choose the body, or give its name."),
    "no_such_formal_step": _("This does not follow from where the procedure stands now. Open the page again and choose."),
    "step_before_notice": _("This cannot be older than the application or notification."),
    "step_before_decision": _("This cannot be older than the decision or request that it answers."),
    "step_before_reflection": _("This cannot be older than the beginning of the reflection period."),
    "extension_without_days": _("Say by how many days the period is extended: one to 365."),
    "ground_not_in_law": _("Choose a ground that the law of this country names."),
    "age_not_agreed": _("Without the person’s agreement there is no assessment: until then they are treated as a child."),
    "age_without_guardian": _("An assessment without a guardian beside the person does not count."),
    "age_range_incomplete": _("Give both ends of the range, or neither."),
    "age_range_reversed": _("Check the numbers: the range goes from the youngest to the oldest age, the margin is small."),
    "age_contested_already": _("This assessment is contested already."),
    "contested_before_assessed": _("The contest cannot be older than the assessment."),
    "nothing_contested": _("No contest of this assessment waits for an answer."),
    "settled_before_contested": _("The answer cannot be older than the contest."),
    "taken_up_before_offered": _("Help cannot begin before it was offered."),
}
SIGNALS: dict[str, Any] = {
    "too_many_signals": _("You handed in twenty signals since yesterday. If there is more, call the office."),
    "no_such_office": _("Choose the office from the list."),
    "no_such_record": _("No such record among those you work on: check the number."),
    "signal_settled": _("Somebody said in the meantime what came of this signal."),
    "caseload_decided": _("Somebody decided, started or took this caseload back in the meantime. Look at it again."),
    "caseload_touched": _(
        "Somebody has worked on one of its cases or read one since, so it stays. Close or correct its cases one by one."
    ),
    "caseload_too_old": _(
        "It came more than seven days ago, so it is not taken back as a whole any more. A record that must go is proposed under "
        "Keeping and confirmed by a second person."
    ),
    "caseload_came_before": _(
        "This very file came in before, or is on its way. Look at the list of old caseloads; "
        "take that import back to bring it anew."
    ),
    "nothing_to_bring": _("Not one row can be taken over as it stands. Mend the columns here, or the file."),
    "too_many_cases": _("Open one to thirty cases at a time. For more people register them together."),
    "callback_needs_a_rule": _("First say how to call back without danger, then the number."),
    "outcome_missing": _("Say what came of it: nobody settles a signal without a word."),
}
SAME_REASON: Any = _("Say why: it is kept with the decision.")
SAME: dict[str, Any] = {
    "asked_too_often": _("That was asked very often in the last hour, so nobody is compared for now. Everything else goes on."),
    "same_already": _("These records are joined already."),
    "same_is_proposed": _("Somebody proposed this already; it waits for a decision."),
    "same_erased": _("One of the two was erased in the meantime: there is nothing to join."),
    "same_leads_on": _("This record is joined with another already. Part the two first, or compare with the one that remains."),
    "same_remaining_leads_on": _("The record that would remain is joined with another itself. Compare with that one."),
    "same_has_joined": _("Others are joined with both records. Part those of one record first."),
    "same_is_decided": _("Somebody has decided this in the meantime."),
    "same_not_joined": _("These records are not joined, or no longer."),
    "nothing_to_take_over": _("The other record says nothing more of this, or no longer."),
    "not_your_own_proposal": _("You proposed this, so somebody else decides."),
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
WORDS: dict[str, Any] = (
    ACCESS | CASES | REACHING | OVERSIGHT | KEEPING | QUESTIONS | CONSENT | SIGNALS | SAME | IDENTIFICATION | EVIDENCE
)


def say(reason: str) -> Any:
    """Return the sentence for a reason code."""
    return WORDS.get(reason, GENERAL)
