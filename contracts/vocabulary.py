"""The closed sets of words that events use. docs/glossary.md explains each; code uses exactly these."""

from enum import StrEnum


class Sentiment(StrEnum):
    """What the author feels about us in this mention."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Kind(StrEnum):
    """What the author wants from us."""

    COMPLAINT = "complaint"
    PRAISE = "praise"
    QUESTION = "question"
    IDEA = "idea"
    OTHER = "other"


class Legitimacy(StrEnum):
    """Whether the mention deserves an answer. It belongs to the mention, never to its author."""

    LEGITIMATE = "legitimate"
    HATER = "hater"
    SPAM = "spam"
    OFF_TOPIC = "off_topic"
    UNSURE = "unsure"


class Severity(StrEnum):
    """How much harm was done; not how loudly to say so (that is urgency)."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"
    NONE = "none"


class Urgency(StrEnum):
    """How soon somebody has to look: whenever, today, within minutes."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Lane(StrEnum):
    """Whose matter a topic is by its nature; the directory and the routing rules name the person."""

    BRANCH = "branch"
    PROCESS = "process"
    SAFETY = "safety"


class Topic(StrEnum):
    """What the mention is about."""

    WAIT_TIME = "wait_time"
    STAFF = "staff"
    PRODUCT_QUALITY = "product_quality"
    BILLING = "billing"
    PRICE = "price"
    DELIVERY = "delivery"
    DELAY_CANCELLATION = "delay_cancellation"
    OUTAGE = "outage"
    WEBSITE_APP = "website_app"
    SECURITY = "security"
    SUPPORT_RESPONSE = "support_response"
    LOST_ITEM = "lost_item"
    FACILITIES = "facilities"
    CLEANLINESS = "cleanliness"
    ACCESSIBILITY = "accessibility"
    OPENING_HOURS = "opening_hours"
    STOCK = "stock"
    SAFETY = "safety"
    POLICY = "policy"
    OTHER = "other"


class Decision(StrEnum):
    """What we do about a mention; exactly one per mention and version."""

    RESPOND = "respond"
    ACKNOWLEDGE = "acknowledge"
    MONITOR = "monitor"
    WALK_AWAY = "walk_away"
    ESCALATE_TO_PERSON = "escalate_to_person"
    NOT_PERMITTED = "not_permitted"


class LocationStatus(StrEnum):
    """Which branch a mention is about, as far as the evidence goes."""

    BRANCH = "branch"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class OwnerRole(StrEnum):
    """Who is asked to act on an incident."""

    MANAGER = "manager"
    DEPUTY = "deputy"
    REGION_OWNER = "region_owner"
    PROCESS_OWNER = "process_owner"


class FixAction(StrEnum):
    """What a branch or team did about the problem."""

    STAFF_RESHUFFLED = "staff_reshuffled"
    QUEUE_SPLIT = "queue_split"
    REPAIRED = "repaired"
    CLEANED = "cleaned"
    RESTOCKED = "restocked"
    REPLACED = "replaced"
    REFUNDED = "refunded"
    PROCESS_CHANGED = "process_changed"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why there is no fix to report."""

    NOT_OBSERVED = "not_observed"
    CANNOT_FIX = "cannot_fix"
    WRONG_BRANCH = "wrong_branch"


class ReplyKind(StrEnum):
    """Which of a mention's replies this is. At most one of each is sent, beside those with a purpose of their own."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"
    OUTCOME = "outcome"


class Purpose(StrEnum):
    """What a reply beside acknowledgement, answer and outcome is for; its kind is `answer`."""

    UPDATE = "update"
    DETAILS = "details"
    GOODWILL = "goodwill"
    CLOSING = "closing"
    IDEA_SHIPPED = "idea_shipped"
    IDEA_DECLINED = "idea_declined"


class PromiseKind(StrEnum):
    """What we owe a customer by a time."""

    NEXT_UPDATE = "next_update"


class LoopOutcome(StrEnum):
    """What the customer was told at the end."""

    FIXED = "fixed"
    NOT_OBSERVED = "not_observed"
    CANNOT_FIX = "cannot_fix"
