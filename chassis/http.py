"""What our HTTP interfaces share: errors as problem+json (RFC 9457) and bodies that are read up to a limit."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

TITLES: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "The signature or token is not accepted",
    404: "There is nothing here",
    412: "It has changed since you read it",
    413: "The body is too large",
    422: "The content is not accepted",
    428: "Say which version you mean",
    429: "Too many requests",
    503: "Not available right now",
}


class Problem(Exception):
    """An answer that is an error: status, what is wrong, and where. Nothing was kept."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.retry_after_seconds = retry_after_seconds

    def as_response(self) -> JSONResponse:
        """As RFC 9457 has it, with `errors` as an extension."""
        body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(self.status, "Error")}
        body |= {"status": self.status, "detail": self.detail}
        if self.errors is not None:
            body["errors"] = self.errors
        headers = {} if self.retry_after_seconds is None else {"Retry-After": str(self.retry_after_seconds)}
        return JSONResponse(body, self.status, headers, media_type="application/problem+json")


def answer_problems(app: FastAPI) -> None:
    """Have every Problem raised in `app` answered as problem+json."""

    async def answer(_: Request, problem: Exception) -> JSONResponse:
        if not isinstance(problem, Problem):
            raise problem
        return problem.as_response()

    app.add_exception_handler(Problem, answer)


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The raw body; Problem 413 as soon as it is larger than `bytes_max`, whatever Content-Length says."""
    too_large = Problem(413, f"the body may have {bytes_max} bytes: send fewer mentions at once")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > bytes_max:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bytes_max:
            raise too_large
    return bytes(body)
