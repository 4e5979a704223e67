"""Which work order somebody answers who has several."""

from uuid import NAMESPACE_URL, uuid5

from contracts import OwnerRole
from deploy.rehearsal.playing import LINK, Door, best_door
from services.notify.links import Link

QUEUE, DIRT = uuid5(NAMESPACE_URL, "queue"), uuid5(NAMESPACE_URL, "dirt")
DOORS = [Door("m@x.invalid", f"http://h/a/{i.hex}", Link(i, 1, OwnerRole.MANAGER)) for i in (QUEUE, DIRT)]
TEXTS = {str(QUEUE): "Ticket office queue, one window open", str(DIRT): "The waiting room is disgusting"}


def test_the_words_say_which_of_several_work_orders_is_answered() -> None:
    assert best_door("second window open, 6 min", DOORS, TEXTS).incident == str(QUEUE)
    assert best_door("waiting room cleaned", DOORS, TEXTS).incident == str(DIRT)


def test_where_the_words_do_not_say_it_is_the_newest() -> None:
    assert best_door("done", DOORS, TEXTS).incident == str(DIRT)


def test_every_link_of_a_mail_is_found() -> None:
    mail = "Two things: http://127.0.0.1:80/a/eyJ.x-1_2\r\nand https://h.example/a/abc~d\r\n"
    assert LINK.findall(mail) == ["http://127.0.0.1:80/a/eyJ.x-1_2", "https://h.example/a/abc~d"]
