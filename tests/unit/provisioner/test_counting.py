"""What a process counts, until it is written down."""

from provisioner.counting import Tally
from provisioner.store.service_counters import Count


def test_the_same_labels_are_one_count() -> None:
    """In whatever order they come; once taken, it begins anew."""
    tally = Tally()
    tally.count("a", {"x": "1", "y": "2"})
    tally.count("a", {"y": "2", "x": "1"}, 2)
    assert tally.taken() == (Count(name="a", labels={"x": "1", "y": "2"}, value=3.0),)
    assert tally.taken() == ()


def test_a_bucket_has_all_that_is_no_greater() -> None:
    """As Prometheus's histograms have it; `_count` stands for infinity."""
    tally = Tally()
    for value in (0.05, 0.5, 5.0):
        tally.observe("t", {}, value, buckets=(0.1, 1.0))
    found = {(each.name, each.labels.get("le")): each.value for each in tally.taken()}
    assert found == {("t_bucket", "0.1"): 1, ("t_bucket", "1.0"): 2, ("t_count", None): 3, ("t_sum", None): 5.55}
