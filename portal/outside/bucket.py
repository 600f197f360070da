"""Stored files in an S3-compatible bucket, by boto3. What was read once lies in the folder, which is only a copy.

Nobody is ever handed an address of the bucket's: it would outlive the link that it was given out through.
"""

import contextlib
import logging
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import gevent
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from portal.flights import Flights
from portal.outside.storage import OutOfReach, Storage, content_type
from portal.settings import BadSetting

log = logging.getLogger("porchlight")

CONNECT_S, READ_S = 5, 30
TRIES = 3
LONGEST_S = TRIES * (CONNECT_S + READ_S)
COPIES_LAST = timedelta(days=7)
CONNECTIONS = 20
ASK_AGAIN_S = 300  # whose place it is, where it could not be asked
MARK = "porchlight-shop"  # the object that says whose place this is
REGION = "us-east-1"  # what servers other than Amazon's expect when they have none


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the bucket is, and what opens it."""

    endpoint: str
    bucket: str
    prefix: str  # "" or ending in a slash
    region: str
    key: str
    secret: str = field(repr=False)


def address(files_url: str) -> Address:
    """The address that FILES_URL spells. Raises BadSetting, without what was given: it holds the password."""
    try:
        url = urlsplit(files_url)
        key, secret = unquote(url.username or "", errors="strict"), unquote(url.password or "", errors="strict")
        bucket, _slash, prefix = url.path.strip("/").partition("/")
        asked = parse_qs(url.query, strict_parsing=True) if url.query else {}
        port = f":{url.port}" if url.port else ""
        is_whole = url.scheme in ("http", "https") and url.hostname and bucket and key and secret
        good = is_whole and set(asked) <= {"region"} and not url.fragment
    except ValueError:
        good = False
    if not good:
        raise BadSetting(
            "FILES_URL: not an address like https://KEY:SECRET@s3.eu-central-1.amazonaws.com/"
            "bucket?region=eu-central-1; write @ : / # ? % inside the key or secret as %40 %3A %2F %23 %3F %25"
        )
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return Address(
        endpoint=f"{url.scheme}://{host}{port}",
        bucket=bucket,
        prefix=f"{unquote(prefix).strip('/')}/" if prefix else "",
        region=asked.get("region", [REGION])[0],
        key=key,
        secret=secret,
    )


class Bucket(Storage):
    """Files in a bucket. The folder keeps copies of what was read, and may be emptied at any time."""

    def __init__(self, folder: Path, where: Address, shop: str):
        super().__init__(folder)
        self.where, self.shop = where, shop
        self._is_claimed = False
        self._ask_again_at = 0.0
        self._fetching = Flights()
        self.client = boto3.client(
            "s3",
            endpoint_url=where.endpoint,
            region_name=where.region,
            aws_access_key_id=where.key,
            aws_secret_access_key=where.secret,
            config=Config(
                connect_timeout=CONNECT_S,
                read_timeout=READ_S,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                max_pool_connections=CONNECTIONS,
                s3={"addressing_style": "path"},  # a name in front of the host needs DNS, which MinIO seldom has
                request_checksum_calculation="when_required",  # not every server knows the newer kinds
                response_checksum_validation="when_required",
            ),
        )

    def claim(self) -> None:
        """See to it that the place is this shop's. Raises BadSetting where it is another's, OutOfReach.

        To either of two shops in one place the other's files would belong to no record: it would take them away.
        """
        if self._is_claimed:
            return
        mark = {"Bucket": self.where.bucket, "Key": f"{self.where.prefix}{MARK}"}
        try:
            with reached():
                whose = self.client.get_object(**mark)["Body"].read().decode()
        except FileNotFoundError:
            whose = self.shop
            with reached():
                self.client.put_object(**mark, Body=whose.encode(), ContentType="text/plain")
        if whose != self.shop:
            raise BadSetting(
                "FILES_URL: another shop keeps its files there; name a bucket or a folder in one for this shop alone. "
                f"If it is this shop's own, and has lost its link-keys.json, delete {mark['Key']} in the bucket first"
            )
        self._is_claimed = True

    def put(self, content: bytes, extension: str) -> str:
        """Keep `content` and give its name. In the bucket, whole, before this returns. Raises OutOfReach."""
        self._claim_meanwhile()
        name = f"{secrets.token_hex(16)}.{extension}"
        with reached():
            self.client.put_object(
                Bucket=self.where.bucket, Key=self.key(name), Body=content, ContentType=content_type(name)
            )
        return name

    def _claim_meanwhile(self) -> None:
        """Ask whose place it is, now and then, where it could not be asked at the start."""
        if time.monotonic() < self._ask_again_at:
            return
        try:
            self.claim()
        except OutOfReach:  # or the key may put, and not look
            self._ask_again_at = time.monotonic() + ASK_AGAIN_S
        except BadSetting as error:
            log.error("%s", error)
            raise OutOfReach("another shop's") from error

    def path(self, name: str) -> Path:
        """`name` as a file to read: fetched when it is asked for first. Raises LookupError, OutOfReach."""
        place = self.place(name)
        if not place.exists():
            with contextlib.suppress(FileNotFoundError):
                self.fetch(name)
        return place

    def fetch(self, name: str) -> None:
        """Copy `name` into the folder, once for all who ask. Raises FileNotFoundError, OutOfReach, NoRoom."""

        def copy() -> None:
            with reached():
                content = self.client.get_object(Bucket=self.where.bucket, Key=self.key(name))["Body"].read()
            gevent.get_hub().threadpool.apply(self.write, (name, content))

        try:
            self._fetching.join(name, copy, wait_s=LONGEST_S)
        except TimeoutError as error:
            raise OutOfReach from error

    def forget(self, names: list[str]) -> None:
        """What the bucket does not take away now belongs to no record, and is swept later."""
        super().forget(names)
        for name in names:
            with contextlib.suppress(OutOfReach), reached():
                self.client.delete_object(Bucket=self.where.bucket, Key=self.key(name))

    def kept_before(self, moment: datetime) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        with reached():
            for page in pages.paginate(Bucket=self.where.bucket, Prefix=self.where.prefix):
                for found in page.get("Contents", ()):
                    name = found["Key"].rpartition("/")[2]
                    if found["LastModified"] < moment and self.is_ours(found["Key"], name):
                        yield name

    def tidy(self, before: datetime) -> None:
        """Half-written copies go, and those that were fetched long ago."""
        super().tidy(before)
        for path, fetched_at in self.files():
            if fetched_at < before - COPIES_LAST:
                path.unlink(missing_ok=True)

    def is_ours(self, key: str, name: str) -> bool:
        try:
            return self.key(name) == key
        except LookupError:
            return False

    def key(self, name: str) -> str:
        self.place(name)
        return f"{self.where.prefix}{name[:2]}/{name}"


@contextlib.contextmanager
def reached() -> Iterator[None]:
    """What the bucket answers, in our words. Raises FileNotFoundError, OutOfReach."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            raise FileNotFoundError from error
        raise OutOfReach(error.response.get("Error", {}).get("Code", "")) from error
    except BotoCoreError as error:
        raise OutOfReach(type(error).__name__) from error
