"""How fast one source may send: a bucket of permits per address, filled at a steady rate. Pure; time is given."""

from collections import OrderedDict
from dataclasses import dataclass

SOURCES_MAX = 10_000


@dataclass
class _Bucket:
    permits: float
    filled_at: float


class Rates:
    """At most `per_second` requests a second from each source, and as many at once as two seconds bring."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._burst = max(2 * per_second, 1.0)
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, source: str, now: float) -> float:
        """0 when `source` may send at `now` (monotonic seconds), else the seconds until it may."""
        bucket = self._buckets.pop(source, None) or _Bucket(self._burst, now)
        self._buckets[source] = bucket
        if len(self._buckets) > SOURCES_MAX:
            self._buckets.popitem(last=False)
        bucket.permits = min(bucket.permits + (now - bucket.filled_at) * self._per_second, self._burst)
        bucket.filled_at = now
        if bucket.permits >= 1:
            bucket.permits -= 1
            return 0.0
        return (1 - bucket.permits) / self._per_second
