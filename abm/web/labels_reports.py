"""Labels of lists and reports."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from abm.words import (
    AbcClass,
    ApproachSign,
    ChosenAct,
    ClassMove,
    HeatTab,
    HeatTurn,
    MapAxis,
    MarkSort,
    Measure,
    ReportName,
    RevenueSource,
    ReviewPoint,
    RiskReason,
    RoleState,
    SellKind,
    TopicSort,
)

REPORTED: dict[type[StrEnum], dict[str, LazyString]] = {
    ReportName: {
        ReportName.HEAT: _l("Heat list"),
        ReportName.COVERAGE: _l("Coverage of buying groups"),
        ReportName.APPROACHING: _l("Approached now"),
        ReportName.NO_NEXT_ACTION: _l("Without a next action"),
        ReportName.RENEWAL_SOON: _l("Renewal soon"),
        ReportName.AT_RISK: _l("Customers at risk"),
        ReportName.STALLED_DEALS: _l("Stalled deals"),
        ReportName.OVERDUE_CLOSE: _l("Deals past their closing day"),
        ReportName.PURCHASE_DUE: _l("Expected purchases"),
        ReportName.WHITE_SPACE: _l("White space"),
        ReportName.RETURNED: _l("Back after a year"),
        ReportName.PASSED: _l("Decided against us"),
        ReportName.DORMANT: _l("Nothing moves"),
        ReportName.STALE: _l("Freshness of contacts"),
        ReportName.PARETO: _l("Pareto analysis"),
        ReportName.FORECAST: _l("Forecast by month"),
    },
    ApproachSign: {
        ApproachSign.DEAL: _l("Open deal"),
        ApproachSign.HAND_OFF: _l("Hand-off taken"),
        ApproachSign.CONTACT: _l("Contact lately"),
    },
    AbcClass: {AbcClass.A: _l("Class A"), AbcClass.B: _l("Class B"), AbcClass.C: _l("Class C")},
    ClassMove: {
        ClassMove.ROSE: _l("Risen"),
        ClassMove.FELL: _l("Fallen"),
        ClassMove.SAME: _l("Unchanged"),
        ClassMove.NEW: _l("New in this period"),
        ClassMove.GONE: _l("No revenue any more"),
    },
    RevenueSource: {
        RevenueSource.ORDERS: _l("Orders"),
        RevenueSource.DEALS: _l("Won deals"),
        RevenueSource.CONTRACTS: _l("Contracts by their start"),
    },
    RiskReason: {
        RiskReason.USAGE_FALLING: _l("Usage is falling"),
        RiskReason.LOW_SATISFACTION: _l("Low satisfaction"),
        RiskReason.COMPLAINT: _l("Complaint"),
        RiskReason.RENEWAL_NEAR: _l("Renewal is near"),
        RiskReason.REPEATED_TICKETS: _l("Repeated tickets"),
        RiskReason.SILENCE: _l("Silence"),
        RiskReason.OPEN_TICKET: _l("Open ticket"),
    },
    SellKind: {
        SellKind.UP_SELL: _l("Up-sell"),
        SellKind.CROSS_SELL: _l("Cross-sell"),
        SellKind.FIRST: _l("First product"),
    },
    ChosenAct: {
        ChosenAct.TASK: _l("Make a task"),
        ChosenAct.NEXT_ACTION: _l("Set as next action"),
        ChosenAct.NOTE: _l("Keep as a note"),
        ChosenAct.SEGMENT: _l("Put into the list"),
        ChosenAct.OWNER: _l("Assign the owner"),
        ChosenAct.CONFIRM: _l("Confirm the records"),
        ChosenAct.COVERAGE: _l("Have missing people found"),
    },
    HeatTab: {
        HeatTab.HOT: _l("Hot"),
        HeatTab.NEWLY_HOT: _l("Newly hot"),
        HeatTab.COOLING: _l("Cooling"),
    },
    HeatTurn: {
        HeatTurn.BECAME_MQA: _l("Became MQA"),
        HeatTurn.BECAME_ENGAGED: _l("Became engaged"),
        HeatTurn.LEAVES_ENGAGED: _l("Ceases to be engaged"),
    },
    RoleState: {
        RoleState.ENGAGED: _l("Engaged"),
        RoleState.FILLED: _l("Known, not engaged"),
        RoleState.MISSING: _l("Missing"),
    },
    MarkSort: {
        MarkSort.PERSON: _l("First act of a person"),
        MarkSort.STAGE: _l("Change of stage"),
        MarkSort.TASK: _l("Task"),
    },
    ReviewPoint: {
        ReviewPoint.OVERDUE: _l("Hand-off overdue: who calls, and when?"),
        ReviewPoint.NO_OWNER: _l("Newly hot without an owner: who takes it?"),
        ReviewPoint.COOLS_UNPLANNED: _l("Cooling and nothing planned: do we let it go?"),
        ReviewPoint.GAP_UNASKED: _l("A role is missing and nobody looks for it: who asks?"),
    },
    MapAxis: {
        MapAxis.INDUSTRY: _l("Industry"),
        MapAxis.JOB_FUNCTION: _l("Job function"),
        MapAxis.TOPIC: _l("Topics"),
    },
    Measure: {
        Measure.ACTS: _l("Number of acts"),
        Measure.POINTS: _l("Points left"),
    },
    TopicSort: {
        TopicSort.TOPIC: _l("Topics"),
        TopicSort.PRODUCT: _l("Products"),
    },
}
