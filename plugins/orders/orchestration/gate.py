"""The task that waits for a person: marked success or failed, or answered Approve or Reject."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.exceptions import TaskAwaitingInput

APPROVE: Final = "Approve"
REJECT: Final = "Reject"
GATE: Final = "gate"
"""Name of the task, in its group."""
SINCE: Final = "since"
"""Under this key the task says when it has begun to wait."""

_SHOWN = 50


class GateOperator(HITLOperator):
    """Asks about one gate; it waits in the state ``awaiting_input``, without a worker.

    From time to time it looks whether somebody has decided elsewhere; then it ends without a result.
    What is shown is read from the tables when the task begins to wait, and never rendered as a
    template: people have typed the numbers of orders.
    """

    # So that the number of a mapped group is put in; what people have typed is none.
    template_fields = ("gate",)

    def __init__(self, *, gate: int, **kwargs: Any) -> None:
        """Ask about the gate of this number."""
        # Airflow hands on the form of the run; a person is asked for a reason only.
        kwargs.pop("params", None)
        super().__init__(
            subject="Approve an export",
            options=[APPROVE, REJECT],
            params={
                "reason": Param(
                    None,
                    type=["null", "string"],
                    maxLength=1000,
                    title="Why",
                    description="Kept with the decision.",
                )
            },
            **kwargs,
        )
        self.gate = gate

    def execute(self, context: Context) -> Any:
        """Say what waits, then wait.

        Raises:
            DataError: There is no such gate.
            TransientError: The database failed.
        """
        from impex.orchestration.wiring import own_database
        from orders.services.approve import describe_gate

        self.response_timeout = self._patience()
        if self.response_timeout is None:
            return None
        with own_database() as database:
            self.subject, self.body = describe_gate(database, self.gate, _SHOWN)
        context["ti"].xcom_push(SINCE, datetime.now(UTC).isoformat())
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the answer, or, when it is time to look again, wait on unless it is decided.

        Raises:
            TransientError: The database failed.
        """
        if event.get("error_type") != "timeout":
            return super().execute_complete(context, event)
        wait = self._patience()
        if wait is not None:
            # Not by asking anew: that would remove an answer which has come in this moment.
            raise TaskAwaitingInput(method_name="execute_complete", timeout=wait)
        return None

    def _patience(self) -> timedelta | None:
        from impex.orchestration.wiring import own_database
        from orders.services.approve import patience

        with own_database() as database:
            return patience(database, self.gate, datetime.now(UTC))
