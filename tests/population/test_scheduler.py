"""Who is trained next, tried with tasks that are no models."""

import threading
import time

from hornet.population.scheduler import Bucket, Scheduler


def filled(**work):
    buckets = {name: Bucket(name) for name in work}
    for name, seconds in work.items():
        for index, one in enumerate(seconds):
            buckets[name].add(f"{name}{index}", one)
    return buckets


def test_programs_that_nobody_compiles_yet_come_first():
    buckets = filled(short=[1.0, 1.0], long=[5.0, 5.0])
    scheduler = Scheduler()
    scheduler.begin(list(buckets.values()))
    assert [scheduler.next()[0] for _ in range(2)] == ["long0", "short0"]


def test_then_the_bucket_with_the_most_work_left():
    buckets = filled(short=[1.0, 1.0, 1.0], long=[5.0, 5.0])
    scheduler = Scheduler()
    scheduler.begin(list(buckets.values()))
    for _ in range(2):
        scheduler.end(scheduler.next()[1])
    assert [scheduler.next()[0] for _ in range(3)] == ["long1", "short1", "short2"]
    assert scheduler.next() is None


def test_a_worker_waits_while_another_compiles_what_it_needs():
    [bucket] = filled(only=[1.0, 1.0]).values()
    scheduler, taken = Scheduler(), []
    scheduler.begin([bucket])
    taken.append(scheduler.next()[0])
    waiting = threading.Thread(target=lambda: taken.append(scheduler.next()[0]))
    waiting.start()
    time.sleep(0.05)
    assert taken == ["only0"]
    scheduler.end(bucket)
    waiting.join(timeout=10)
    assert taken == ["only0", "only1"]


def test_a_stop_wakes_those_who_wait_and_hands_out_nothing_more():
    [bucket] = filled(only=[1.0, 1.0]).values()
    scheduler, taken = Scheduler(), []
    scheduler.begin([bucket])
    scheduler.next()
    waiting = threading.Thread(target=lambda: taken.append(scheduler.next()))
    waiting.start()
    scheduler.stop()
    waiting.join(timeout=10)
    assert taken == [None]
    scheduler.end(bucket)
    assert scheduler.next() is None


def test_a_model_is_lent_to_one_at_a_time():
    scheduler, bucket = Scheduler(), Bucket()
    made = iter("ab")
    first = scheduler.borrow(bucket, lambda: next(made))
    second = scheduler.borrow(bucket, lambda: next(made))
    assert (first, second) == ("a", "b")
    scheduler.give_back(bucket, first)
    assert scheduler.borrow(bucket, lambda: next(made)) == "a"
