"""The task that waits for a person: marked success or failed, or answered Approve or Reject."""

from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param

APPROVE: Final = "Approve"
REJECT: Final = "Reject"
GATE: Final = "gate"
"""Name of the task, in its group."""

_SHOWN = 50


class GateOperator(HITLOperator):
    """Asks about one gate; it waits in the state ``awaiting_input``, without a worker.

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
            TransientError: The database failed.
        """
        from impex.orchestration.wiring import own_database
        from orders.services.approve import describe_gate

        with own_database() as database:
            self.subject, self.body = describe_gate(database, self.gate, _SHOWN)
        return super().execute(context)
