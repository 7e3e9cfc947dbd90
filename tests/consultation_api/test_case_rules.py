"""The rules of advice as pure functions: every path, every side, every state."""

from datetime import date
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.consultation_api.case_tasks import rules as tasks
from services.consultation_api.cases import rules as cases
from services.consultation_api.cases.rules import CaseState
from services.consultation_api.entries import rules as entries
from services.consultation_api.entries.rules import EntryKind
from services.consultation_api.goals import rules as goals
from services.consultation_api.goals.rules import GoalState, WishedState
from services.consultation_api.refusals import in_words, state_change_forbidden
from services.consultation_api.requests import rules as requests
from services.consultation_api.requests.rules import Action, RequestState
from services.consultation_api.sides import Side, Visibility, other_side, own_column, side_of_kind
from services.consultation_api.topics.rules import PHASE_DESCRIPTIONS, PHASE_LABELS, Phase

SIDES: tuple[Side, ...] = get_args(Side)
REQUEST_STATES: tuple[RequestState, ...] = get_args(RequestState)
CASE_STATES: tuple[CaseState, ...] = get_args(CaseState)
GOAL_STATES: tuple[GoalState, ...] = get_args(GoalState)
WISHES: tuple[WishedState, ...] = get_args(WishedState)


def test_every_state_kind_and_phase_has_its_label() -> None:
    assert set(requests.STATE_LABELS) == set(REQUEST_STATES)
    assert set(cases.STATE_LABELS) == set(CASE_STATES)
    assert set(goals.STATE_LABELS) == set(GOAL_STATES)
    assert set(tasks.STATE_LABELS) == set(get_args(tasks.TaskState))
    assert set(PHASE_LABELS) == set(PHASE_DESCRIPTIONS) == set(get_args(Phase))
    written, event = get_args(EntryKind)
    assert set(entries.KIND_LABELS) == {*get_args(written), *get_args(event)}


class LifeOfARequest(RuleBasedStateMachine):
    """Both sides try everything, in any order; only what the rules allow happens."""

    def __init__(self) -> None:
        super().__init__()
        self.state: RequestState = "eingegangen"
        self.proposed = 0
        self.consents: list[Side] = []
        self.case: CaseState | None = None

    @rule(action=st.sampled_from(sorted(requests.STEPS)), side=st.sampled_from(SIDES))
    def try_a_step(self, action: Action, side: Side) -> None:
        before = self.state
        if requests.allows(action, self.state, side):
            assert requests.STEPS[action].to_state in requests.allowed_states(before, side)
            self.state = requests.STEPS[action].to_state
            if action == "propose_agreement":
                self.proposed += 1
            if action == "consent":
                self.consents.append(side)
                self.case = cases.FIRST_STATE
        else:
            assert action not in requests.may(before, side)

    @precondition(lambda self: self.case is not None)
    @rule(wanted=st.sampled_from(CASE_STATES), side=st.sampled_from(SIDES))
    def try_a_change(self, wanted: CaseState, side: Side) -> None:
        assert self.case is not None
        change = cases.change_to(wanted, self.case, side)
        if change is not None:
            assert not cases.is_final(self.case)
            assert wanted != "zurueckgezogen" or side == "kommune"
            self.case = wanted

    @invariant()
    def a_case_exists_by_one_consent_of_the_municipality_alone(self) -> None:
        assert (self.case is not None) == (self.consents == ["kommune"])
        assert (self.state == "angenommen") == (self.case is not None)
        assert self.case is None or self.proposed > 0

    @invariant()
    def what_is_decided_stays_decided(self) -> None:
        if self.state not in requests.OPEN_STATES:
            assert all(requests.may(self.state, side) == [] for side in SIDES)


TestLifeOfARequest = LifeOfARequest.TestCase


@pytest.mark.parametrize(
    ("action", "state", "side"), list(product(requests.STEPS, REQUEST_STATES, SIDES))
)
def test_a_forbidden_step_names_the_allowed_ones(
    action: Action, state: RequestState, side: Side
) -> None:
    allowed = requests.allowed_states(state, side)
    if requests.allows(action, state, side):
        assert requests.STEPS[action].to_state in allowed
        return
    problem = state_change_forbidden(
        in_words(allowed, requests.STATE_LABELS),
        state,
        requests.STEPS[action].to_state,
        allowed,
        requests.STATE_LABELS,
    )
    document = problem.document("/", "")
    assert document["code"] == "state_change_forbidden"
    assert [item["code"] for item in document["allowed"]] == allowed
    assert all(item["label"] in document["detail"] for item in document["allowed"])


def test_the_way_of_a_request_is_this_and_no_other() -> None:
    ways = {
        (state, side, to)
        for state, side in product(REQUEST_STATES, SIDES)
        for to in requests.allowed_states(state, side)
    }
    assert ways == {
        ("eingegangen", "beratung", "angeboten"),
        ("eingegangen", "beratung", "abgelehnt"),
        ("eingegangen", "kommune", "zurueckgezogen"),
        ("angeboten", "beratung", "angeboten"),
        ("angeboten", "beratung", "abgelehnt"),
        ("angeboten", "kommune", "angenommen"),
        ("angeboten", "kommune", "zurueckgezogen"),
    }


def test_the_way_of_a_case_is_this_and_no_other() -> None:
    both = {
        ("vereinbart", "laufend"),
        ("ruhend", "laufend"),
        ("vereinbart", "ruhend"),
        ("laufend", "ruhend"),
        ("vereinbart", "abgeschlossen"),
        ("laufend", "abgeschlossen"),
        ("ruhend", "abgeschlossen"),
    }
    municipality = {(state, "zurueckgezogen") for state in ("vereinbart", "laufend", "ruhend")}
    for side in SIDES:
        found = {
            (state, change.to_state)
            for state in CASE_STATES
            for change in cases.allowed_changes(state, side)
        }
        assert found == (both if side == "beratung" else both | municipality), side


@given(st.sampled_from(CASE_STATES), st.sampled_from(CASE_STATES), st.sampled_from(SIDES))
def test_a_change_is_found_exactly_if_it_is_allowed(
    state: CaseState, wanted: CaseState, side: Side
) -> None:
    allowed = [change.to_state for change in cases.allowed_changes(state, side)]
    change = cases.change_to(wanted, state, side)
    assert (change is not None) == (wanted in allowed)
    assert wanted != state or change is None
    if change is None:
        assert cases.STATE_LABELS[state] in cases.explain_forbidden(wanted, state, side) or (
            wanted == "zurueckgezogen"
        )
    else:
        assert change.needs_reason == (wanted in ("ruhend", "abgeschlossen"))
        assert change.hint.endswith(".")


class LifeOfAGoal(RuleBasedStateMachine):
    """Both sides reword and answer a goal in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state: GoalState = "vorgeschlagen"
        self.proposer: Side = "kommune"
        self.confirmer: Side | None = None

    @rule(side=st.sampled_from(SIDES))
    def reword(self, side: Side) -> None:
        if goals.can_be_reworded(self.state):
            self.state, self.proposer, self.confirmer = "vorgeschlagen", side, None

    @rule(wanted=st.sampled_from(WISHES), side=st.sampled_from(SIDES))
    def answer(self, wanted: WishedState, side: Side) -> None:
        own = goals.is_own_proposal(wanted, self.state, self.proposer, side)
        allowed = goals.may_become(self.state, self.proposer, side)
        assert not (own and wanted in allowed)
        if wanted in allowed:
            self.state = wanted
            if wanted == "vereinbart":
                self.confirmer = side

    @invariant()
    def what_is_agreed_was_confirmed_by_the_other_side(self) -> None:
        if self.state in ("vereinbart", "erreicht"):
            assert self.confirmer == other_side(self.proposer)
        waiting = goals.waiting_for(self.state, self.proposer)
        assert (waiting is not None) == (self.state == "vorgeschlagen")
        if waiting is not None:
            assert "vereinbart" in goals.may_become(self.state, self.proposer, waiting)


TestLifeOfAGoal = LifeOfAGoal.TestCase


@given(st.sampled_from(get_args(Visibility)), st.sampled_from(SIDES), st.sampled_from(SIDES))
def test_internal_is_a_word_of_the_team_alone(
    visibility: Visibility, author: Side, doer: Side
) -> None:
    internal = visibility == "intern"
    assert entries.may_be(visibility, author) == (not internal or author == "beratung")
    only_the_team = author == doer == "beratung"
    assert tasks.may_be(visibility, doer, author) == (not internal or only_the_team)
    for rules in (entries, tasks):
        assert rules.can_become("gemeinsam", visibility)
        assert rules.can_become("intern", visibility) == internal


def test_sides_of_organisations() -> None:
    assert side_of_kind("landesberatung") == "beratung"
    assert {side_of_kind(kind) for kind in ("kommune", "kreis")} == {"kommune"}
    assert [own_column(side) for side in SIDES] == ["organisation_id", "team_organisation_id"]


def test_the_draft_says_what_advice_is_bound_to() -> None:
    text = requests.draft_agreement(
        municipality="Stadt Musterstadt",
        team="Landesberatung",
        subject="Sozialbericht",
        topics=["Datenmanagement"],
        area_codes=["99001001"],
        on=date(2026, 3, 2),
    )
    for words in (
        "Stadt Musterstadt und Landesberatung",
        "2.3.2026",
        "Sozialbericht",
        "Datenmanagement",
        "99001001",
        "freiwillig und kostenlos",
        "Augenhöhe",
        "jederzeit und ohne Angabe von Gründen",
        "Das Ministerium sieht keine einzelnen Fälle",
    ):
        assert words in text, words
