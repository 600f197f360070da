"""Where files are kept: a folder or a real S3 server, the same to everybody above; and those that nobody names."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
import requests

from app import create_app
from portal import clock, settings, strays
from portal.db import writing
from portal.outside import bucket
from portal.outside.storage import NoRoom, OutOfReach, Storage, opened
from portal.settings import BadSetting
from tests.conftest import RunningServer, free_port, wait_for
from tests.factories import PICTURE, Shop
from tests.outside.hostile import saved, scene
from tests.test_hostile_photos import Phone

KEY, SECRET, NAME = "AKIATEST", "s3cr3t/with:signs", "shop-photos"
LONG_AGO = timedelta(hours=25)


@pytest.fixture(scope="module")
def s3():
    """A server that speaks S3, in a process of its own, and an empty bucket in it. Its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        assert process.poll() is None
        try:
            return requests.get(f"http://127.0.0.1:{port}/moto-api/", timeout=5).ok
        except requests.ConnectionError:
            return False

    wait_for(answers, "the S3 server to answer", within_s=60)
    client(port).create_bucket(Bucket=NAME)
    yield port
    process.kill()
    process.wait()


def client(port: int):
    place = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1"}
    return boto3.client("s3", aws_access_key_id=KEY, aws_secret_access_key=SECRET, **place)


def files_url(port: int, path: str = f"{NAME}/brightwater") -> str:
    return f"http://{KEY}:s3cr3t%2Fwith%3Asigns@127.0.0.1:{port}/{path}"


@pytest.fixture(params=["folder", "bucket"])
def storage(request, tmp_path):
    if request.param == "folder":
        return Storage(tmp_path / "files")
    return opened(
        tmp_path / "files", files_url(request.getfixturevalue("s3"), f"{NAME}/{tmp_path.name}"), "brightwater"
    )


def test_what_was_put_is_read_until_it_is_forgotten(storage):
    name = storage.put(PICTURE, "webp")
    assert storage.path(name).read_bytes() == PICTURE
    assert list(storage.kept_before(clock.now() + timedelta(hours=1))) == [name]
    assert list(storage.kept_before(clock.now() - timedelta(hours=1))) == []
    storage.forget([name])
    storage.forget([name])
    assert not storage.path(name).exists()
    assert list(storage.kept_before(clock.now() + timedelta(hours=1))) == []


@pytest.mark.parametrize(
    "name", ["", "x", "../../etc/passwd", f"{'0' * 32}.exe", f"{'0' * 31}/.webp", f"{'A' * 32}.jpg"]
)
def test_only_names_of_ours_lead_anywhere(storage, name):
    for ask in (storage.path, lambda name: storage.forget([name])):
        with pytest.raises(LookupError):
            ask(name)


def test_a_nearly_full_disk_is_left_some_room(tmp_path, monkeypatch):
    monkeypatch.setattr("portal.outside.storage.SPARE_BYTES", 2**62)
    storage = Storage(tmp_path / "files")
    with pytest.raises(NoRoom):
        storage.put(PICTURE, "webp")
    assert storage.files() == []


# --- the bucket ----------------------------------------------------------------------------------------------------


def test_two_machines_share_one_bucket(s3, tmp_path):
    one, other = (opened(tmp_path / machine / "files", files_url(s3), "brightwater") for machine in ("one", "other"))
    name = one.put(PICTURE, "webp")
    assert other.path(name).read_bytes() == PICTURE
    stored = client(s3).get_object(Bucket=NAME, Key=f"brightwater/{name[:2]}/{name}")
    assert (stored["Body"].read(), stored["ContentType"]) == (PICTURE, "image/webp")


def test_a_nearly_full_disk_takes_no_copy_either(s3, tmp_path, monkeypatch):
    storage = opened(tmp_path / "files", files_url(s3), "brightwater")
    name = storage.put(PICTURE, "webp")
    monkeypatch.setattr("portal.outside.storage.SPARE_BYTES", 2**62)
    with pytest.raises(NoRoom):
        storage.path(name)
    assert storage.files() == []
    monkeypatch.undo()
    assert storage.path(name).read_bytes() == PICTURE


def test_what_lies_beside_ours_in_the_bucket_is_not_ours(s3, tmp_path):
    for key in ("other/notes.txt", f"brightwater/zz/{'0' * 32}.webp", f"brightwater/{'0' * 32}.webp"):
        client(s3).put_object(Bucket=NAME, Key=key, Body=b"x")
    storage = opened(tmp_path / "files", files_url(s3), "brightwater")
    ours = set(storage.kept_before(clock.now() + timedelta(hours=1)))
    assert f"{'0' * 32}.webp" not in ours


def test_copies_that_were_fetched_long_ago_go_and_come_back(s3, tmp_path):
    storage = opened(tmp_path / "files", files_url(s3), "brightwater")
    name = storage.put(PICTURE, "webp")
    copy = storage.path(name)
    os.utime(copy, (0, 0))
    storage.tidy(clock.now())
    assert not copy.exists()
    assert storage.path(name).read_bytes() == PICTURE


def test_a_bucket_that_is_not_there_is_out_of_reach(s3, tmp_path):
    storage = opened(tmp_path / "files", files_url(s3, "no-such-bucket"), "brightwater")
    with pytest.raises(OutOfReach, match="NoSuchBucket"):
        storage.put(PICTURE, "webp")


def test_a_server_that_is_not_there_is_out_of_reach(tmp_path):
    storage = opened(tmp_path / "files", files_url(free_port()), "brightwater")
    with pytest.raises(OutOfReach):
        storage.path("0" * 32 + ".webp")


def test_a_shop_is_not_let_in_where_another_keeps_its_files(s3, tmp_path):
    one, other = (opened(tmp_path / shop / "files", files_url(s3, f"{NAME}/taken"), shop) for shop in ("one", "other"))
    name = one.put(PICTURE, "webp")
    for deed in (other.claim, lambda: strays.sweep(other)):
        with pytest.raises(BadSetting, match="^FILES_URL: another shop keeps its files there") as refused:
            deed()
        assert SECRET not in str(refused.value)
    for _try in range(2):
        with pytest.raises(OutOfReach, match="another shop"):
            other.put(PICTURE, "webp")
    kept = client(s3).list_objects_v2(Bucket=NAME, Prefix="taken/")["Contents"]
    assert {key["Key"] for key in kept} == {f"taken/{name[:2]}/{name}", f"taken/{bucket.MARK}"}
    one.claim()


def test_two_folders_of_a_bucket_are_two_places_and_so_is_the_bucket_around_them(s3, tmp_path):
    places = {"north": f"{NAME}/north", "south": f"{NAME}/south", "around": NAME}
    shops = {shop: opened(tmp_path / shop / "files", files_url(s3, path), shop) for shop, path in places.items()}
    names = {shop: storage.put(PICTURE, "webp") for shop, storage in shops.items()}
    for shop, storage in shops.items():
        assert list(storage.kept_before(clock.now() + timedelta(hours=1))) == [names[shop]]


def test_a_start_with_the_bucket_of_another_shop_is_refused(s3, tmp_path):
    opened(tmp_path / "one", files_url(s3, f"{NAME}/refused"), "one").claim()
    environ = {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "portal.server"],
        env=os.environ | environ | {"FILES_URL": files_url(s3, f"{NAME}/refused")},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Porchlight cannot start. FILES_URL: another shop keeps its files there")


def test_a_real_shop_keeps_its_photos_in_the_bucket(s3, data_dir):
    server = RunningServer(data_dir, free_port(), FILES_URL=files_url(s3, f"{NAME}/real"))
    app = create_app(settings.read({"DATA_DIR": str(data_dir), "PUBLIC_BASE_URL": server.url}))
    try:
        with app.app_context():
            shop = Shop(app)
            job = shop.work_order()
            assert Phone(server, job).send(saved(scene(), "JPEG")).status_code == 201
            (photo,) = shop.again(job).photos
            address = server.url + shop.path(job, f"/photos/{photo.full}")
            assert requests.get(address, timeout=20).headers["Content-Type"] == "image/jpeg"
            assert "no-store" in requests.get(address, timeout=20).headers["Cache-Control"]
            keys = client(s3).list_objects_v2(Bucket=NAME, Prefix="real/")["Contents"]
            assert {key["Key"].rpartition("/")[2] for key in keys} == {photo.full, photo.thumb, bucket.MARK}
            assert not (data_dir / "files").exists()
            app.extensions["sqlalchemy"].session.remove()
            app.extensions["sqlalchemy"].engine.dispose()
    finally:
        server.kill()


# --- the setting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "shop-photos",
        "s3://shop-photos",
        "https://s3.example.com/shop-photos",
        f"https://{KEY}@s3.example.com/shop-photos",
        f"https://{KEY}:{SECRET[:6]}@s3.example.com",
        f"https://{KEY}:{SECRET[:6]}@s3.example.com/b?zone=x",
        f"https://{KEY}:{SECRET[:6]}@s3.example.com:99999/b",
        f"ftp://{KEY}:{SECRET[:6]}@s3.example.com/b",
    ],
)
def test_an_address_that_is_none_stops_the_start_and_is_not_repeated(tmp_path, given):
    with pytest.raises(BadSetting) as stopped:
        opened(tmp_path, given, "brightwater")
    assert str(stopped.value).startswith("FILES_URL: not an address")
    assert SECRET[:6] not in str(stopped.value)
    done = subprocess.run(
        [sys.executable, "-m", "portal.server"],
        env=os.environ | {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "FILES_URL": given},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Porchlight cannot start. FILES_URL")


def test_every_part_of_an_address_is_understood():
    where = bucket.address(f"https://{KEY}:a%2Fb@s3.eu-central-1.amazonaws.com/shop/in/here/?region=eu-central-1")
    assert (where.endpoint, where.bucket, where.prefix) == ("https://s3.eu-central-1.amazonaws.com", "shop", "in/here/")
    assert (where.region, where.key, where.secret) == ("eu-central-1", KEY, "a/b")
    assert "a/b" not in repr(where)


def test_a_shop_without_a_bucket_never_loads_what_speaks_to_one(tmp_path):
    start = "import sys; from app import create_app; create_app(); print({'boto3', 'PIL'} & set(sys.modules))"
    environ = os.environ | {"DATA_DIR": str(tmp_path), "FILES_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=Path(__file__).parent.parent, env=environ, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"


# --- files that nobody names -----------------------------------------------------------------------------------------


def aged(storage: Storage, *names: str) -> None:
    for name in names:
        long_ago = time.time() - LONG_AGO.total_seconds()
        os.utime(storage.path(name), (long_ago, long_ago))


@pytest.fixture
def files(shop):
    return shop.app.extensions["storage"]


def test_a_file_whose_row_never_came_is_gone_after_a_day(shop, files):
    stray, fresh = files.put(PICTURE, "webp"), files.put(PICTURE, "webp")
    photo = shop.photo(shop.work_order())
    aged(files, stray, photo.full, photo.thumb)
    assert strays.sweep(files) == [stray]
    assert (files.path(stray).exists(), files.path(fresh).exists()) == (False, True)


def test_whatever_a_row_names_stays(shop, files):
    photo = shop.photo(shop.work_order())
    face, logo = files.put(PICTURE, "webp"), files.put(PICTURE, "webp")
    with writing():
        shop.theo.photo, shop.profile.logo = face, logo
    aged(files, photo.full, photo.thumb, face, logo)
    assert strays.sweep(files) == []
    assert all(files.path(name).exists() for name in (photo.full, photo.thumb, face, logo))


def test_what_a_killed_server_had_begun_to_write_goes_too(shop, files):
    draft = files.path(files.put(PICTURE, "webp")).with_suffix(".part")
    draft.write_bytes(b"half")
    strays.sweep(files)
    assert draft.exists()
    os.utime(draft, (0, 0))
    strays.sweep(files)
    assert not draft.exists()


@pytest.mark.parametrize(("unknown", "known"), [(1, 0), (10, 0), (11, 1)])
def test_a_database_that_knows_hardly_any_of_the_files_takes_none_away(shop, files, caplog, unknown, known):
    """A handful may be all that a young shop has: one that was begun with the wrong DATABASE_URL keeps them as well."""
    names = [files.put(PICTURE, "webp") for _ in range(unknown)]
    aged(files, *names)
    for _ in range(known):
        photo = shop.photo(shop.work_order())
        aged(files, photo.full, photo.thumb)
    assert strays.sweep(files) == []
    assert all(files.path(name).exists() for name in names)
    assert "Is this the right database?" in caplog.text
