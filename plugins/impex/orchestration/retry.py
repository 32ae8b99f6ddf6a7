"""Which failures Airflow tries again: those that may pass by themselves."""

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from impex.domain.errors import ConfigError, DataError, FencedError, TransientError

RETRIES = 3

POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=DataError, action=RetryAction.FAIL, reason="the data was not accepted"),
        RetryRule(exception=ConfigError, action=RetryAction.FAIL, reason="the group is wrong"),
        RetryRule(exception=FencedError, action=RetryAction.FAIL, reason="a newer attempt runs"),
        RetryRule(
            exception=TransientError,
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=10),
            reason="the database or the file store failed",
        ),
    ]
)
