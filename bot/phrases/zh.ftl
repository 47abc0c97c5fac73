### 在回答之外说的话：说明、命令、进度、按钮。

## 命令

command_code = 编写、解释、审查或修复代码
help = **我能做什么。** 我根据我们的文档回答问题，并注明出处。可以提及我、直接私信我，或在我参与的消息列中继续提问。随问题附上的文件会一并阅读。

    - `ask` 问题：在这里回答
    - `why`：我上一条回答是怎么得出的
    - `help`：本说明
    - `forget-me`：删除您问过的问题和我的回答{ $plugins }

    每条回答下方有：*有帮助*、*没有帮助*、*转人工*。

    管理员命令（用斜杠命令，或直接发消息给我）：

    - `kb add` 并附上文件，或 `kb add` 网址：加载文档、网页、整个网站（`kb add sitemap` 网址，`kb add crawl` 网址）
    - `kb list` 词：已加载的文档；`kb list failed`：加载失败的
    - `kb show` 文档：来源、可见范围、新旧
    - `kb remove` 文档：从所有回答中撤下一个文档或整个来源
    - `kb sync`：重新加载有变化的内容
    - `kb search` 文字：会找到哪些段落及其得分
    - `kb entry`：录入一条问答，一行“问：”，一行“答：”，需要时加“也问：”“负责人：”“到期：”
    - `kb entries` 词：已录入的问答，可在此修改；`kb entry` 问题：其中一条
    - `kb cancel`：停止您正在加载的内容
    - `feedback`：没有帮助的回答及其原因
    - `topics` 天数：未解答的问题，按主题
unknown = 我不认识 `{ $name }`。
admins_only = 只有管理员可以这样做。这里的管理员：{ $admins }。
nobody_known = 安装我的人
what_to_add = 请把文件连同 `kb add` 一起发给我，或在其后写以 https:// 开头的网址。`kb add sitemap` 网址会加载站点地图中的所有页面，`kb add crawl` 网址会加载整个网站。
no_paths = 在聊天中我只加载附件和网址。服务器上的文件夹请在服务器上用 `frontdesk kb add` 加载。

## 加载

started = 正在加载{ $what }。进度见我发给您的私信。
started_unseen = 正在加载{ $what }。我无法给您发私信，因此不能显示进度；`kb list` 可查看已有内容。
loading = **正在加载{ $what }** …
syncing = **正在检查{ $what }的变化** …
loaded = **已加载{ $what }**
synced = **已检查{ $what }的变化**
cancelled = **已取消：{ $what }**
load_failed = **未能加载：{ $what }**
counts = 找到 { $found } · 已解析 { $parsed } · 已向量化 { $embedded } 个段落 · 可检索 { $searchable } · 未变 { $unchanged } · 失败 { $failed } · 等待 { $waiting }
counts_ended = 找到 { $found } · 可检索 { $searchable }（{ $passages } 个段落）· 未变 { $unchanged } · 失败 { $failed }
gone = { $gone } 个在来源处已不存在，已撤下
failures = 以下内容未能加载：
more = …… 还有 { $count } 个：`kb list failed`
waits = 正在等待，之后会自动继续：{ $reason }
left_out = 并非所有内容都已查看：
after_failures = 请修正后重新发送；没有响应的网页可用 `kb sync` 重试。
after_cancel = 此前已加载的内容会保留；`kb remove` 可撤下。
files = { " " }{ $count } 个文件
everything = 全部内容
for_public = 任何人都可以得知这些内容，包括客户。
for_workspace = 工作区的所有人都可以得知这些内容。
for_room = 只有您发送文件时所在频道的成员可以得知这些内容。
for_this_room = 只有一个频道（{ $room }）的成员可以得知这些内容。
for_user = 只有您本人可以得知这些内容。
grant_public = 任何人
grant_workspace = 工作区
grant_room = 一个频道
grant_user = 一个人
cancel = 取消
only_me = 仅限我本人
only_room = 仅限该频道
whole_workspace = 整个工作区
cancelling = 正在取消。
not_running = 它已经结束了。
nothing_running = 您现在没有正在加载的内容。
regranted = 已完成，涉及 { $count } 个文档。
load_gone = 我已没有这次加载的记录。

## 文档

none_loaded = 还没有加载任何内容。请把文件连同 `kb add` 一起发给我。
none_match = 没有符合条件的文档。
listed = **第 { $first } 至 { $last } 个文档，共 { $count } 个**
next = 下一页
previous = 上一页
passages = { $count } 个段落
failed = 失败：{ $reason }
searchable = 可检索
what_to_show = 哪个文档？`kb show` 文档，用 `kb list` 显示的编号或来源。
what_to_remove = 哪个文档？`kb remove` 文档，用 `kb list` 显示的编号或来源。
no_document = 这里没有文档 { $name }：`kb list` 可查看已有内容。
removed = 已撤下：{ $what }。从现在起不再用于回答。
removed_many = 已撤下：{ $what }的 { $count } 个文档。从现在起不再用于回答。
remove_many = 这会撤下{ $what }的 **{ $count } 个文档**：
remove_really = 撤下 { $count } 个
remove_singly = 这里无法一次确认这么多：请逐个写出名称，或在命令行使用 `frontdesk kb remove`。
remove_changed = 要撤下的内容在此期间有变化：请重新查看。
remove = 撤下
shown_source = 来源：{ $value }
shown_id = 编号：{ $value }
shown_grant = 可告知：{ $value }
shown_status = 状态：{ $value }
shown_passages = 段落：{ $value }
shown_version = 版本：{ $value }
shown_loaded = 加载于：{ $value }
shown_dated = 内容日期：{ $value }
shown_checked = 上次与来源比对：{ $value }
shown_owner = 负责人：{ $value }
shown_expires = 到期：{ $value }
shown_encoding = 推测的编码：{ $value }
what_to_search = 要找什么？`kb search` 文字
found_nothing = 什么也没有找到。

## 输入的问答

entry_how = 请这样写：

    ```
    kb entry
    问：怎样申请停车证？
    也问：在哪里可以停车？
    答：在门卫处申请，免费。
    负责人：后勤部
    到期：2027-12-31
    ```
entry_no_question = 缺少写问题的一行。
entry_no_answer = 缺少写答案的一行。
entry_bad_date = 我看不懂日期 { $date }：请写成 2027-12-31。
entry_past = { $date } 已经过去：不会有人得到这个答案。
entry_bad_audience = 没有“{ $audience }”这个受众：请写 public、workspace、room:ID 或 user:ID，或者去掉这一行。
entry_kept = 已保存：**{ $question }**。{ $audience }
entry_variants = 另有 { $count } 种问法也能找到它。
entry_expires = 它会用到 { $date } 为止。
entry_second = 另一种语言：**{ $question }**。
entry_edit = 修改
entry_add_second = 添加另一种语言
entry_edit_second = 修改另一种语言
entry_edit_title = 修改这条问答
entry_second_title = 另一种语言
entry_gone = 这条问答已经不在了。
entry_too_long = 这条问答太长，窗口放不下：请在文件中修改（`frontdesk kb entries --csv`），再加载该文件。
entry_ways = 其他问法：{ $ways }
entries_none = 这里没有这样的问答。
entries_listed = **问答 { $first } 至 { $last }，共 { $count } 条**
entries_open = 打开一条
entries_kept = 已保存问答：{ $kept } 条；没有变化：{ $unchanged } 条。
entries_readers = 文件中没有写可见范围的：{ $audience }
entries_wrong = { $name } 没有加载任何内容。这些行有误：
for_anybody = 任何人，包括客户
correct_this = 更正
correct_title = 更正这条回答
correct_seen = 也会显示在该回答下方。
correct_no_answer = 我只能更正自己的、仍然存在的回答。
correct_kept = 已保存：**{ $question }**。
correct_told = 我会在该回答下方说明。
correct_untold = 并非所有能看到该回答的人都可以得知，因此不在那里说明。
corrected_by = { $name } 已更正：
mined_ask = **要把这段对话存为问答吗？** 我没有找到答案，一位同事回答了，提问者对此满意。
mined_add = 添加
mined_no = 不用
mined_gone = 这已有决定，或者已经不在了。
mined_declined = 不会存为问答。
mined_added = 同事的一个回答已存为问答。
mined_expired = 一条问答提议已过期。
mined_forgotten = 一条问答提议已经不在了。

## 单独告知提问者和管理员的内容

you_asked = 您问过：
share = 分享到提问处
share_now = 是，分享
share_ask = 要把这个回答分享到{ $room }吗？
share_there = 您提问的会话
share_hidden = 其中可能不是那里所有人都有权查看的页面：{ $count } 个
share_names = 回答会连同所有页面的名称和链接一起发到那里，并注明由您分享。
shared = 它马上会出现在{ $room }。
shared_already = 您已经分享过这个回答。
shared_by = 由 @{ $name } 分享
shared_by_hidden = 由 @{ $name } 分享。这里可能不是所有人都能打开其中的页面。
share_off = 这里不能分享只有您可以看到的回答：管理员已关闭此功能。
share_gone = 已没有可以分享的内容：问题或回答已被删除。
share_left = 您已不在提问的地方，因此我不能把它分享到那里。
share_outside = 您提问的地方有外部人员，因此我不能把它分享到那里。
share_changed = 这个回答的页面已有变化，或者您已无权阅读全部页面。请重新提问。
share_late = 耗时过长。
share_not = 我没有分享那个回答。{ $why }
share_refused = 您要求分享时，这个回答未能分享。请重新提问。
only_you = 关于这个问题，还有一些内容只有您可以看到，这里的其他人不可以。
only_you_elsewhere = 关于这个问题，还有一些内容只有您可以看到，那里的其他人不可以。
show_me = 给我看
shown_aside = 我在私信里回答您。
not_yours = 这是给提问者的。
nothing_private = 我在私信里答复命令，而您目前不接收我的私信。请允许私信，或直接私信我。
done = 完成。
forgotten = 完成：已在这里删除您的 { $count } 个问题及其回答。聊天记录本身只有您或您的工作区可以删除。
needs_person = 有一个问题需要人工处理
needs_why = 原因：{ $reason }
needs_open = 打开对话
contradict = 两个文档的说法互相矛盾
contradict_hidden = 另一个文档的说法不同，它是为其他读者加载的。
contradict_seen = 遇到这一矛盾的回答有 { $count } 条，都同时给出了两种说法。哪一个是对的？请更正另一个。

## 回答是怎么得出的

why_nothing = 我在这里还没有回答过任何问题。
why_heading = **这里的上一条回答是怎么得出的**（{ $outcome }）
why_answered = 已回答
why_handed_off = 已转人工
why_refused = 已拒绝
why_ignored = 未理会
why_searched = 检索的内容：{ $text }
why_looked_at = 查看的段落：
why_dated = ，日期 { $when }
why_sure = 把握：{ $share }
why_needed = ；要使此类回答的 { $precision } 正确，需要 { $needed }
why_reason = 原因：{ $reason }
why_model = 由 { $model } 撰写：读取 { $prompt } 个词元（其中 { $share } 来自缓存），写出 { $completion } 个
why_server = 所用服务器：{ $server }
why_cut = 因文档中没有依据而删去：{ $count } 句
why_took = 用时 { $seconds } 秒

## 回答下方

sources = 来源
helpful = 有帮助
not_helpful = 没有帮助
person = 转人工
question = 提问
say_why = 说明原因
why_title = 哪里不好？
why_label = 哪里不对，或缺了什么？
why_hint = 管理员会看到您写的内容和这个问题。
better_label = 正确的说法（如果您知道）
why_kept = 谢谢，管理员会看到。
feedback_none = 还没有人认为哪条回答没有帮助。
feedback_listed = **没有帮助的回答：第 { $first } 至 { $last } 条，共 { $count } 条**
feedback_hidden = 在您看不到的地方提出
topics_none = 最近 { $days } 天里，在您能看到的范围内，没有未解答的问题。
topics_heading = **最近 { $days } 天未解答的问题：{ $count } 个，{ $topics } 个主题**
topic = { $count } 个问题，其中 { $handed } 个已转给同事：{ $about }
topic_pages = 最接近的文档：{ $pages }
topics_more = 另有 { $count } 个较小的主题。
topics_hidden = 另有 { $count } 个问题是在并非这里所有人都能看到的地方提出的。
would_be_right = 正确的说法：
open_it = 打开
to_entry = 将第 { $number } 条加入知识库

## 窗口

entry_title = 加入知识库
entry_question = 问题
entry_also = 其他问法，每行一个
entry_answer = 答案
entry_owner = 有疑问时找谁
entry_last_day = 有效的最后一天
ask_form = 提问
ask_title = 向前台提问
ask_label = 您的问题
ask_hint = 我在私信里回答您。
ask_what = 里面没有问题。

## 主页

home_hello = **文档里有的内容都可以问我。** 可以给我发消息，在频道里提及我，或使用按钮。
home_yours = **您最近的提问**
home_none = 您还没有提过问题。
home_admins = **管理员信息**
home_documents = 文档：{ $count } 个可检索，共 { $passages } 个段落；{ $failed } 个未能加载
home_model = 回答由 { $model } 撰写
home_no_model = 没有模型撰写回答：直接引用文档
home_ended = 最近 { $count } 个问题：{ $answered } 个已回答，{ $handed } 个已转人工，{ $refused } 个已拒绝
home_thought = 大家对这些回答的评价：{ $helpful } 个有帮助，{ $unhelpful } 个没有帮助
home_waiting = 尚未处理完的问题：{ $count } 个
home_persons = **等待人工处理：{ $count } 个**
home_hidden = 最新的当中有 { $count } 个是在您看不到的地方提出的
home_list = 文档
home_feedback = 没有帮助的回答

## 发送

send = 发送
sorry = 没有成功，请稍后再试。
form_late = Slack 没有及时打开窗口，请再试一次。

## 在 Slack 中安装

install_done = Frontdesk 已安装到 { $place }。请在 Slack 的频道里提及它，或直接给它发消息。
install_again = 此页面属于另一个浏览器，或者已超过十分钟。请从 /slack/install 重新开始。
install_declined = Frontdesk 没有安装。
install_refused = Frontdesk 无法安装在那里：请联系它的管理员。
install_unavailable = Slack 或 Frontdesk 暂时没有响应。请过一分钟从 /slack/install 重新开始。

## 在频道里

you_wrote = 您写的是：
no_words_there = 那条消息里没有我能回答的内容。
other_workspace = 这个前台属于另一个工作区。
ask_example = 请在后面写上您的问题：`/frontdesk ask 怎样申请门禁卡？`
claimed_example = 请在后面写上您想要的内容：`/frontdesk { $name } …`
cannot_ask_here = 我不能在这里提问：{ $reason }。您也可以直接给我发私信。
slack_busy = Slack 正忙，没有收下您的问题。请过一分钟再问。
somebody = 有人
asks = { " " }提问：
answer_below = 我会在那条消息下方回答。
whole_attached = 完整的回答见附件。
doing = { $doing } …
often_asked = 大家常问
not_kept = 我刚才没能收下这个问题，请过一分钟再问。
went_wrong = 我这边出了问题，已记录下来，请再试一次。
cannot_write_here = 我不能在这个频道里发言：我的身份组在这里需要“查看频道”和“发送消息”权限。请到别处或在私信里问我。

## 论坛与消息列

solved_button = 已解决
attached_here = （随问题附上）
file_whole = 已阅读：{ $names }
file_part = 已阅读与问题最相关的部分：{ $names }
file_seen = 已查看：{ $names }
file_unread = 未阅读：{ $name }（{ $reason }）
between = 、
solved_before = 以前问过，并且已经解决
post_solved = 已标记为解决。
post_solved_tagged = 已标记为解决，并加上了标签。
post_no_right = 我无法加标签：我的身份组需要在此论坛拥有“管理子区”权限。
post_not_yours = 只有发帖人或管理员可以将其标记为已解决。
post_gone = 这条回答已经不在了。
left = 我退出这个消息列。提及我，我就回来。
leave_where = 请在要我退出的消息列中提及我，并写上“离开”。

## 在终端里

chat_hello = 请直接提问。还可以用：/why（上一条回答是怎么得出的）、/help、/forget-me；Ctrl-D 结束。
passed_on = 已转交人工处理。

## 在 Discord 中显示在机器人名称下方

presence = 向我提问：/ask

## 菜单

meant = 您指的是哪一个？
meant_taken = 我按“{ $name }”作答。
meant_gone = 该页面已有变化，请重新提问。
who_may = 谁可以得知这些内容？
wrong_untrue = 内容不正确
wrong_outdated = 内容已过时
wrong_incomplete = 内容不完整
wrong_beside = 答非所问
wrong_unclear = 难以理解
wrong_sources = 来源中没有这样写

## 草稿下方的按钮

draft_export = 导出
draft_export_as = 导出为哪种格式？
draft_as_markdown = Markdown
draft_as_plain = 纯文本
draft_as_html = HTML
draft_exported = 草稿第 { $number } 版：
draft_versions = 版本
draft_version = 第 { $number } 版
draft_unchanged = （没有变化）
draft_back = 恢复到……
draft_back_words = 回到第 { $number } 版
draft_back_taken = 我将恢复到第 { $number } 版。
draft_post = 发布……
draft_post_title = 发布第 { $number } 版
draft_room = 发到哪个频道？
draft_room_hint = 例如 #news
draft_post_ask = 要把第 { $number } 版发布到{ $room }吗？
draft_post_named = 消息会注明由您发布。您可以在一小时内撤回。
draft_post_now = 是，发布
draft_posted = 第 { $number } 版马上会出现在{ $room }。
draft_posted_already = 第 { $number } 版已经发布到{ $room }。
draft_posted_by = 由 @{ $name } 发布
draft_undo = 撤回
draft_undone = 正在撤回。
draft_undo_gone = 已没有可以撤回的内容。
draft_undo_late = 发布已超过一小时。请您自行删除该消息，或请有权限的人删除。
draft_undo_refused = 我无权删除自己发布的消息。请联系管理员。
draft_not_yours = 只有请求这份草稿的人和管理员可以使用这些按钮。
draft_gone = 这份草稿已不存在。
draft_no_room = 我只能发布到您自己可以发言并且我也在的频道：“{ $name }”不是这样的频道。可以的有：{ $rooms }
draft_changed = 这份草稿所依据的页面已有变化，或者您已无权阅读全部页面。请重新起草。
draft_hidden = { $room } 里并非所有人都有权阅读这份草稿所依据的内容：{ $titles }。因此我没有发布到那里。
draft_result = 工具查到的内容
draft_not_posted = 我没有发布那份草稿。{ $why }

## 等待有人决定的工具调用

call_allow = 允许一次
call_deny = 拒绝
call_gone = 已没有可以允许的内容：问题已被删除，或者调用与显示的不同。
call_not_you = 只有管理员可以允许：{ $who }。
call_already = 已经有人作出决定。
call_late = 已经来不及允许了，请重新提问。
call_allowed_now = 已允许一次。结果会显示在对话中。
call_denied_now = 已拒绝，没有执行任何操作。
call_done = 经 { $name } 允许，已调用 { $tool } 一次。它返回：
call_failed = 经 { $name } 允许，已调用 { $tool } 一次，但失败了：
call_unknown = 经 { $name } 允许调用了 { $tool }，但我中途被打断，不知道它是否完成。我不会再次调用，请到那里查看。
call_refused = { $name } 允许了 { $tool }，但我没有调用它。
call_denied = { $name } 拒绝了 { $tool }，没有执行任何操作。
call_running = 正在调用 { $tool }。
call_allowed = 即将调用 { $tool }。
call_asked = { $tool } 正在等待管理员决定。
why_calls = 工具：
why_calls_hidden = 另有 { $count } 个，您无权查看其结果
why_call_ran = 已调用
why_call_failed = 已调用，但失败了
why_call_refused = 未调用
why_call_asked = 已请人决定
why_call_done = 经允许已调用
why_call_unknown = 已调用，结局不明
why_call_denied = 被拒绝
command_draft = 起草：公告、文章、回复、摘要、翻译等
