"""How the wait for work is tried again."""

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from impex.domain.errors import ImpexError

# Runs follow one another without a pause: one that failed at once would be followed by the same
# failure a second later, for as long as nobody mends it.
PATIENT = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=ImpexError,
            action=RetryAction.RETRY,
            retry_delay=timedelta(minutes=1),
            reason="the next run would meet the same",
        )
    ]
)
