"""What people had said in a thread before they name the bot there."""


async def test_in_a_thread_of_others_it_is_read_what_people_said_before(side):
    question = await side.fake.user_message(side.fake.general, side.fake.bob, "How long are certificates valid?")
    thread = await side.fake.user_thread(side.fake.general, question["id"], side.fake.bob, "Certificates")
    await side.fake.user_message(thread["id"], side.fake.bob, "Nobody knows?")
    message = await side.asked("can you help here?", room=thread["id"])
    assert await side.channel.talk(message) == ("How long are certificates valid?", "Nobody knows?")


async def test_a_question_that_begins_a_thread_has_nothing_before_it(side):
    message = await side.asked("How long are certificates valid?")
    await side.answer(message, "For 90 days.")
    assert await side.channel.talk(message) == ()


async def test_what_bots_said_is_left_out(side):
    thread = (await side.fake.user_thread(side.fake.general, side.fake.snowflake(), side.fake.bob, "Servers"))["id"]
    first = await side.asked("and on servers?", room=thread)
    await side.answer(first, "For 30 days.")
    message = await side.asked("really?", room=thread)
    assert await side.channel.talk(message) == (f"<@{side.fake.bot}> and on servers?",)


async def test_a_forum_is_not_asked_for_messages_that_only_its_posts_have(side):
    forum = side.fake.add_channel("help", kind=15)["id"]
    post = (await side.fake.user_thread(forum, side.fake.snowflake(), side.fake.bob, "Certificates"))["id"]
    await side.fake.user_message(post, side.fake.bob, "How long are they valid?")
    message = await side.asked("do you know?", room=post)
    assert await side.channel.talk(message) == ("How long are they valid?",)
    assert side.calls("GET", f"/channels/{forum}/messages/{post}") == []
