"""The worker and its real child: it answers, it survives every mishap, it shares nothing, it goes when it should."""

import json
import os
import signal
import threading
from pathlib import Path

import pytest
from PIL import Image

from portal.outside.worker import Failed, Refused, Worker
from tests.conftest import wait_for
from tests.outside import scenes
from tests.outside.scenes import ODD


@pytest.fixture
def hire():
    """Makes workers, which are stopped afterwards."""
    hired = []

    def make(**settings) -> Worker:
        hired.append(Worker(**settings))
        return hired[-1]

    yield make
    for worker in hired:
        worker.stop()


@pytest.fixture
def worker(hire) -> Worker:
    return hire()


def who(worker: Worker) -> int:
    return worker.do(f"{ODD}:who", deadline_s=60)["pid"]


def is_running(pid: int) -> bool:
    """Whether `pid` still runs. A dead orphan that nobody has collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- answers --------------------------------------------------------------------------------------------------------


def test_nothing_runs_before_the_first_task(worker):
    assert worker.child_pid is None


def test_one_child_does_task_after_task(worker):
    assert who(worker) == who(worker) == worker.child_pid != os.getpid()


def test_it_hands_over_what_it_is_given(worker):
    given = {"words": "Ünïcode, a\nline end, a lone \udcff surrogate and a \0", "number": 7}
    assert worker.do(f"{ODD}:echo", deadline_s=60, **given) == given


def test_a_refusal_carries_its_reason_and_costs_no_child(worker):
    before = who(worker)
    with pytest.raises(Refused) as refusal:
        worker.do(f"{ODD}:refuse", deadline_s=60, reason="too_small")
    assert refusal.value.reason == "too_small"
    assert who(worker) == before


def test_stray_prints_are_not_taken_for_answers(worker):
    assert worker.do(f"{ODD}:chatter", deadline_s=60) == {"read": ""}
    assert who(worker) == worker.child_pid


def test_threads_take_turns(worker):
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(who(worker))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [worker.child_pid] * 12


# --- mishaps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["leave", "no_such_task", "refuse"])
def test_a_task_that_raises_has_failed(worker, task):
    before = who(worker)
    with pytest.raises(Failed):
        worker.do(f"{ODD}:{task}", deadline_s=60)
    assert who(worker) != before


def test_a_child_killed_in_the_middle_fails_its_task_and_the_next_is_fine(tmp_path):
    told = scenes.told("a_crash", tmp_path)
    assert told["said"] == "ended with -9"
    assert told["next"] != told["killed"]


def test_a_child_killed_while_idle_costs_nobody_anything(worker):
    before = who(worker)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: not is_running(before), "the child to die")
    assert who(worker) != before


def test_a_task_over_its_deadline_is_ended(worker, tmp_path):
    before = who(worker)
    with pytest.raises(Failed, match=r"over 0\.3 s"):
        worker.do(f"{ODD}:wait_for_file", deadline_s=0.3, path=str(tmp_path / "never"))
    assert not is_running(before)
    assert who(worker) != before


def test_a_task_that_takes_too_much_memory_is_ended(worker):
    with pytest.raises(Failed, match="out of memory"):
        worker.do(f"{ODD}:grow", deadline_s=60, mb=1024)
    assert who(worker)


def test_a_task_cannot_fill_the_disk(worker, tmp_path):
    with pytest.raises(Failed, match="File too large"):
        worker.do(f"{ODD}:write", deadline_s=60, path=str(tmp_path / "huge"), mb=80)
    assert (tmp_path / "huge").stat().st_size == 64 << 20


def test_an_endless_answer_is_not_read(worker):
    with pytest.raises(Failed):
        worker.do(f"{ODD}:echo", deadline_s=60, words="x" * 100_000)
    assert who(worker)


def test_a_killed_greenlet_leaves_no_half_read_answer(tmp_path):
    told = scenes.told("a_killed_greenlet", tmp_path)
    assert told["after"] != told["before"]


# --- the queue ------------------------------------------------------------------------------------------------------


def test_of_twenty_at_once_eight_wait_their_turn_and_the_rest_are_told_at_once(tmp_path):
    told = scenes.told("a_rush", tmp_path)
    assert told["outcomes"] == ["busy"] * 11 + ["done"] * 8
    assert told["noted"] == list(range(8))


def test_nobody_waits_for_ever(tmp_path):
    told = scenes.told("impatience", tmp_path)
    assert told["second"] == "Busy"
    assert told["first"] == told["now"]


# --- what it shares -------------------------------------------------------------------------------------------------


def test_it_shares_nothing_with_the_server():
    seen = scenes.told("surroundings")
    assert sorted(seen["environment"]) == ["LANG", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "PATH"]
    assert "do-not-tell" not in json.dumps(seen["arguments"])
    assert len(seen["open_here"]) == 3
    assert not [what for what in seen["descriptors"].values() if what.startswith("socket:")]
    kinds = sorted(what.partition(":")[0] for what in seen["descriptors"].values())
    assert kinds.count("pipe") <= 4  # the two it reads and writes, and where the output of this test goes
    assert seen["session"] == seen["pid"]
    assert seen["nice"] >= 5


def test_the_child_imports_neither_the_server_nor_the_shop_nor_what_no_task_asked_for(worker):
    assert worker.do(f"{ODD}:surroundings", deadline_s=60)["imported"] == []


# --- when it goes ---------------------------------------------------------------------------------------------------


def test_it_is_renewed_after_so_many_tasks(hire):
    worker = hire(tasks_most=2)
    pids = [who(worker) for _ in range(5)]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_it_is_renewed_when_it_has_grown(hire):
    worker = hire(rss_mb_most=60)
    before = who(worker)
    assert worker.do(f"{ODD}:leak", deadline_s=60, mb=10) == {"pid": before}
    assert worker.do(f"{ODD}:leak", deadline_s=60, mb=60) == {"pid": before}
    assert who(worker) != before


def test_it_goes_home_when_there_is_nothing_to_do(hire):
    worker = hire(idle_s=0.1)
    pid = who(worker)
    wait_for(lambda: worker.child_pid is None, "the idle child to be sent home")
    wait_for(lambda: not is_running(pid), "the idle child to end")
    assert who(worker) != pid


def test_it_does_not_go_home_in_the_middle_of_a_task(hire, tmp_path):
    worker = hire(idle_s=0.05)
    who(worker)
    begun, go, told = tmp_path / "begun", tmp_path / "go", []
    given = {"path": str(go), "begun": str(begun)}
    asking = threading.Thread(target=lambda: told.append(worker.do(f"{ODD}:wait_for_file", deadline_s=60, **given)))
    asking.start()
    wait_for(begun.exists, "the task to begin")
    asking.join(0.3)  # several times as long as it may idle
    go.touch()
    asking.join()
    assert len(told) == 1


def test_a_stopped_worker_stays_stopped(worker):
    pid = who(worker)
    worker.stop()
    wait_for(lambda: not is_running(pid), "the child to end")
    with pytest.raises(Failed, match="stopped"):
        who(worker)


def test_a_stop_fails_the_task_under_way_and_those_who_wait(tmp_path):
    told = scenes.told("a_stop_meanwhile", tmp_path)
    assert told["ended"] == ["Interrupted", "Interrupted"]
    assert told["child"] is None
    assert not is_running(told["pid"])


@pytest.mark.parametrize("is_at_work", [False, True])
def test_it_dies_with_its_parent(tmp_path, is_at_work):
    with scenes.start("an_abandoned_child", tmp_path, is_at_work) as parent:
        child = json.loads(parent.stdout.readline())["child"]
        assert is_running(child)
        parent.kill()
    wait_for(lambda: not is_running(child), "the child to die with its parent")


def test_a_thread_that_started_it_may_end(worker):
    """A process may ask to die with its parent, and the kernel takes the thread for the parent."""
    pids = []
    thread = threading.Thread(target=lambda: pids.append(who(worker)))
    thread.start()
    thread.join()
    assert [who(worker)] == pids


def test_the_loop_goes_on_while_a_large_picture_is_decoded(tmp_path):
    Image.linear_gradient("L").resize((4000, 3000)).convert("RGB").save(tmp_path / "large.png", compress_level=1)
    told = scenes.told("a_large_picture", tmp_path, tmp_path / "large.png")
    assert told["width"] == 256
    assert told["ticks"] > 20
    assert told["imported"] == []
