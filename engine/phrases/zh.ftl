### 回答里用我们自己的话说的部分。

not_found = 我在文档中没有找到能回答这个问题的内容，所以不作猜测。我已将它标记给人工处理。
unsure = 文档中有相近的内容，但没有明确回答这个问题的说法。我已将它标记给人工处理。
overdue = 我这边耗时过长，没能回答。我已将它标记给人工处理。
failed = 回答时我这边出了问题。我已将它标记给人工处理。
to_a_person = 好的，我已标记给人工处理，同事会在这里回复您。
verified = 已核实的答案
verified_by = 已核实的答案，由 { $owner } 维护
quoted = 文档中是这样写的：
closest = 我不确定这能否回答您的问题；文档中最接近的内容是：
model_down = 我暂时无法撰写回答，但文档中是这样写的：
model_busy = 现在等待撰写回答的问题太多，但文档中是这样写的：
searching = 正在检索 { $n } 个文档
writing = 正在撰写回答
place_in_line = 正在排队，第 { $place } 位
in_line = { place_in_line }，{ $about }。
in_line_unknown = { place_in_line }。
about_seconds = 大约还要 { $n } 秒
about_minutes = 大约还要 { $n } 分钟
queued = 我暂时无法撰写回答。您的问题已经保留，回答会出现在这里。
too_long = 您的消息有 { $length } 个字符；我最多能读 { $limit } 个。请精简后再问。
no_words = 我没有看到问题。请就 { $workspace } 的文档向我提问，例如“如何……？”。输入 `help` 查看我还能做什么。
only_a_file = 我看到了文件，但没有看到问题。请在下面接着提问，我会阅读它。
greeting = 您好！文档里有的内容都可以问我，我会附上来源作答。输入 `help` 查看我还能做什么。
small_thanks = 不客气！
small_bye = 再见！有问题随时来问我。
small_wish = 谢谢，也祝您一切顺利！
small_how = 一切都好，谢谢。您想了解什么？
small_who = 我是 Frontdesk，这个前台的机器人，不是真人。我根据我们的文档回答问题，并给出来源；答不了的会转交给同事。输入 `help` 看看我还能做什么。
small_bot = 是的，我是机器人，不是真人。我根据我们的文档回答，并给出来源；点回答下面的“转人工”就能找到真人。
small_can = 文档里有的内容都可以问我：我会给出来源，答不了的会转交给同事。输入 `help` 看看我还能做什么。
small_fun = 我只是前台的机器人，这个我不擅长。文档里有的内容都可以问我。
small_elsewhere = 这不是我们文档里的内容，我帮不上忙。文档里有的内容都可以问我。
which = 您指的是“{ $first }”还是“{ $second }”？
what = 我不确定这里的“{ $word }”指的是什么，请说明后再问一次。
draft_label = 由机器人起草，使用前请先阅读。
no_writer = 这里没有可以撰写内容的模型。请联系管理这个机器人的人进行设置。
cut_off = 回答已达到最大长度，后面的内容被截断。
reading_files = 正在阅读附件
looking = 正在查看图片
from_attached = 以下内容来自附件，而非我们的文档：
only_attached = 以上内容全部来自附件，而非我们的文档。
disagree = ⚠️ 关于这一点，文档的说法不一致：
disagree_side = - { $title }（{ $when }）：“{ $said }” [{ $number }]
undated = 日期不明
using_tool = 正在查询 { $tool }
tool_asks = 我想执行下面这个调用，但还没有执行：需要先有人允许。
tool_can_write = 它会更改内容。
tool_can_outside = 它会触及组织以外的人或系统。
tool_who = 管理员可以在一小时之内允许执行一次，且仅限以上内容。
noted = 谢谢，已记录。
marked = 我已将它标记给人工处理。
marked_already = 这个问题已经标记给人工处理了。
answer_gone = 这条回答已经不在了。

## 内容的新旧与日期

age_months = { $n } 个月前
age_years = { $n } 年前
in_brackets = （{ $said }）
date = { $year }年{ $month }月{ $day }日

## Snippets

code_line = 第 { $line } 行：{ $said }
code_near = 从“{ $detail }”开始无法解析
code_missing = 缺少“{ $detail }”
code_broken = 无法解析
code_secret = 代码里写着密码或密钥，请改为从环境变量读取
code_hidden = 这里有 { $count } 个值像是密钥，已经去掉。
code_cut = 超出最大长度被截断，缺少结尾。
code_broken_as = 以下内容不能按 { $language } 解析：
code_faulty = 可以解析，但有错误：
code_excerpt = 这是代码的一部分，单独不能按 { $language } 解析。
code_example_wrong = 您的示例中有一个没有通过：{ $said }
code_other_language = 您要的是 { $language }，但我没能用它写出来。
code_changed = 改动如下：
code_uses = 用到了 { $markers } 中描述的内容。
code_packages = 需要 { $names }，它不是语言自带的。
code_dangers = 运行之前请留意：
code_danger = 第 { $line } 行：{ $name } { $why }
code_too_long = 代码太长，一次读不完。请只发关键的部分。
own_code_parses = 您的代码可以按 { $language } 解析。
own_code_broken = 您的代码不能按 { $language } 解析：
own_secrets = 您发来的内容里有 { $count } 个密钥。我在阅读之前已经去掉；其他人可能已经看到，请更换。
danger_eval = 会把文本当作代码运行
danger_shell = 会启动其他程序，绝不能混入用户输入的内容
danger_pickle = 会由数据生成对象，其中的代码可能被运行
danger_deletes = 会删除文件
danger_disk = 会覆盖磁盘
danger_fetched = 会直接运行刚下载的内容
danger_sql = 会永久更改或删除数据
danger_sql_text = 用文本拼接查询语句，请改用参数
danger_html = 会把文本作为 HTML 放进页面
danger_tls = 不核实对方的身份
danger_memory = 可能写到所分配的内存之外
danger_secret = 是写在代码里的密钥
checked = 检查情况：{ $said }。
checked_between = ，
checked_parsed = 已按 { $language } 解析
checked_linted = 已做静态检查
checked_broken = 不能按 { $language } 解析
checked_nothing = 没有检查，我没有 { $language } 的解析器
checked_not_run = 没有运行
checked_ran = 已用您的 { $count } 个示例运行，{ $passed } 个符合预期
checked_could_not = 在这里无法运行（{ $why }）
checked_no_examples = 给出 f(2) == 4 这样的示例，我就会运行
## Drafts

usage_draft = 请告诉我要写什么，我来起草。例如：“draft: 写一份给全体员工的公告，周五 17:00 办公室提前关门，80 字以内，语气友好”。也可以写文章、发布说明、客户回复、社交媒体帖子，或总结本消息列或文件。
draft_no_thread = 只有在消息列里我才能总结它，而这里没有我能读到的内容。请在消息列里提到我，或把文字贴在您的要求下面。
draft_no_version = 这份草稿没有第 { $n } 版，最新的是第 { $last } 版。
draft_buttons = 请使用草稿下方的按钮：“发布……”（Slack、Discord）可将其发布到您有权发言的频道，“导出”可得到 Markdown、纯文本或 HTML。只有请求起草的人和管理员可以使用这些按钮。
draft_writing = 正在起草
draft_mending = 正在修正检查发现的 { $n } 处问题
draft_to_check = *（待核实）*
draft_version = 第 { $n } 版
draft_words = { $n } 字
draft_changed = { $before } → { $now } 字，删去 { $removed }，新增 { $added }
draft_same = 没有变化
draft_again = 即第 { $n } 版
draft_more_places = 另有 { $n } 处
draft_unmet = ⚠️ 未能做到：{ $what }
draft_unfounded = ⚠️ 没有出处，请核实（{ $n } 处）：{ $what }
draft_go_on = 告诉我怎么改：“更短”“更正式”“翻成英文”“加一句关于……”“回到第 1 版”。
limit_count = { $relation ->
    [least] 至少 { $n }{ " " }
    [most] 最多 { $n }{ " " }
    [about] 约 { $n }{ " " }
   *[other] 正好 { $n }{ " " }
}
limit_has = 现有 { $n }
limit_words = { limit_count }字
limit_characters = { limit_count }个字符
limit_sentences = { limit_count }句
limit_paragraphs = { limit_count }段
limit_bullets = { limit_count }个要点
limit_highlights = { limit_count }处强调
limit_placeholders = { limit_count }个占位符
limit_capital_words = { limit_count }个全大写单词
limit_headings = { limit_count }个小标题
limit_sections = { limit_count }个“{ $what }”小节
limit_keyword = “{ $what }”出现{ limit_count }次
limit_letter = 字符“{ $what }”出现{ limit_count }次
limit_first_word = 第{ $n }段以“{ $what }”开头
limit_title = <<…>>中的标题
limit_lowercase = 全部小写
limit_uppercase = 全部大写
limit_no_commas = 没有逗号
limit_no_emoji = 没有表情符号
limit_quoted = 全文用双引号括起
limit_json = JSON 格式
limit_two = 以 ****** 分隔的两个版本
limit_forbidden = 不出现：{ $what }
limit_postscript = 附言 { $what }
limit_ending = 以“{ $what }”结尾
limit_opening = 以“{ $what }”开头
limit_repeat = 先复述要求
limit_language = 只用{ $what }
limit_one_of = 只选其一：{ $what }
limit_point = 写到：{ $what }
limit_says = 写到：{ $what }


## 翻译

translating = 正在翻译第 { $n } 部分，共 { $total } 部分
usage_translate = 请告诉我要翻译什么，例如：“翻译成英文：办公室 17:00 关门”。也可以翻译您附上的文件、上一份草稿或这个讨论串。
translation_moved = 以下内容没有出现在译文中，已补在所属句子之后：{ $what }
translation_numbers = 请核对以下数字，译文中未出现，已补在所属句子之后：{ $what }
translation_terms = 以下术语的译法与术语表不同：{ $what }
translation_left = 有 { $n } 处可能没有翻译
translation_rest = 全文过长，一次译不完：最后 { $n } 个字符没有翻译
