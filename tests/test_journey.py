"""The main job, end to end over HTTP: sign in, book, share, look, start, look again, revoke."""


def test_a_shared_work_order_is_followed_until_its_link_is_revoked(shop):
    office, customer = shop.staff_client("Dana"), shop.app.test_client()
    form = {
        "csrf_token": office.csrf,
        "customer_name": "Carol Cruz",
        "title": "Water heater replacement",
        "street": "48 Alder Street",
        "time_zone": "America/Los_Angeles",
    }
    booked = office.post("/staff/work-orders/new", data=form)
    assert booked.status_code == 303
    job = booked.location

    told = office.post(f"{job}/share", data={"csrf_token": office.csrf}, headers={"Accept": "application/json"}).json
    assert told["url"].startswith("https://jobs.example.com/portal/wo/")
    path = told["url"].removeprefix("https://jobs.example.com")
    assert "Scheduled" in customer.get(path).text

    assert office.post(f"{job}/start", data={"csrf_token": office.csrf}).status_code == 303
    assert "on the job" in customer.get(path).text

    assert office.post(f"{job}/revoke", data={"csrf_token": office.csrf}).status_code == 303
    gone = customer.get(path)
    assert gone.status_code == 404
    assert "Water heater" not in gone.text
