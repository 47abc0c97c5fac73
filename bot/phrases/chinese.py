"""What the desk says beside answers, in Chinese: the same phrases as in English, by the same names."""

from __future__ import annotations

from typing import Final

CHINESE: Final = {
    "help": """\
**我能做什么。** 我根据我们的文档回答问题，并注明出处。可以提及我、直接私信我，或在我参与的消息列中继续提问。

- `ask` 问题：在这里回答
- `why`：我上一条回答是怎么得出的
- `help`：本说明
- `forget-me`：删除您问过的问题和我的回答

每条回答下方有：*有帮助*、*没有帮助*、*转人工*。

管理员命令（用斜杠命令，或直接发消息给我）：

- `kb add` 并附上文件，或 `kb add` 网址：加载文档、网页、整个网站（`kb add sitemap` 网址，`kb add crawl` 网址）
- `kb list` 词：已加载的文档；`kb list failed`：加载失败的
- `kb show` 文档：来源、可见范围、新旧
- `kb remove` 文档：从所有回答中撤下一个文档或整个来源
- `kb sync`：重新加载有变化的内容
- `kb search` 文字：会找到哪些段落及其得分
- `kb entry`：录入一条问答，一行“问：”，一行“答：”，需要时加“也问：”“负责人：”“到期：”
- `kb cancel`：停止您正在加载的内容
""",
    "unknown": "我不认识 `{name}`。",
    "admins_only": "只有管理员可以这样做。这里的管理员：{admins}。",
    "nobody_known": "安装我的人",
    "what_to_add": "请把文件连同 `kb add` 一起发给我，或在其后写以 https:// 开头的网址。"
    "`kb add sitemap` 网址会加载站点地图中的所有页面，`kb add crawl` 网址会加载整个网站。",
    "no_paths": "在聊天中我只加载附件和网址。服务器上的文件夹请在服务器上用 `frontdesk kb add` 加载。",
    "started": "正在加载{what}。进度见我发给您的私信。",
    "started_unseen": "正在加载{what}。我无法给您发私信，因此不能显示进度；`kb list` 可查看已有内容。",
    "loading": "**正在加载{what}** …",
    "syncing": "**正在检查{what}的变化** …",
    "loaded": "**已加载{what}**",
    "synced": "**已检查{what}的变化**",
    "cancelled": "**已取消：{what}**",
    "load_failed": "**未能加载：{what}**",
    "counts": "找到 {found} · 已解析 {parsed} · 已向量化 {embedded} 个段落 · 可检索 {searchable} · 未变 {unchanged} · "
    "失败 {failed} · 等待 {waiting}",
    "counts_ended": "找到 {found} · 可检索 {searchable}（{passages} 个段落）· 未变 {unchanged} · 失败 {failed}",
    "gone": "{gone} 个在来源处已不存在，已撤下",
    "failures": "以下内容未能加载：",
    "more": "…… 还有 {count} 个：`kb list failed`",
    "waits": "正在等待，之后会自动继续：{reason}",
    "left_out": "并非所有内容都已查看：",
    "after_failures": "请修正后重新发送；没有响应的网页可用 `kb sync` 重试。",
    "after_cancel": "此前已加载的内容会保留；`kb remove` 可撤下。",
    "files": " {count} 个文件",
    "everything": "全部内容",
    "for_public": "任何人都可以得知这些内容，包括客户。",
    "for_workspace": "工作区的所有人都可以得知这些内容。",
    "for_room": "只有您发送文件时所在频道的成员可以得知这些内容。",
    "for_this_room": "只有一个频道（{room}）的成员可以得知这些内容。",
    "for_user": "只有您本人可以得知这些内容。",
    "grant_public": "任何人",
    "grant_workspace": "工作区",
    "grant_room": "一个频道",
    "grant_user": "一个人",
    "cancel": "取消",
    "only_me": "仅限我本人",
    "only_room": "仅限该频道",
    "whole_workspace": "整个工作区",
    "cancelling": "正在取消。",
    "not_running": "它已经结束了。",
    "nothing_running": "您现在没有正在加载的内容。",
    "regranted": "已完成，涉及 {count} 个文档。",
    "load_gone": "我已没有这次加载的记录。",
    "none_loaded": "还没有加载任何内容。请把文件连同 `kb add` 一起发给我。",
    "none_match": "没有符合条件的文档。",
    "listed": "**第 {first} 至 {last} 个文档，共 {count} 个**",
    "next": "下一页",
    "previous": "上一页",
    "passages": "{count} 个段落",
    "failed": "失败：{reason}",
    "searchable": "可检索",
    "what_to_show": "哪个文档？`kb show` 文档，用 `kb list` 显示的编号或来源。",
    "what_to_remove": "哪个文档？`kb remove` 文档，用 `kb list` 显示的编号或来源。",
    "no_document": "这里没有文档 {name}：`kb list` 可查看已有内容。",
    "removed": "已撤下：{what}。从现在起不再用于回答。",
    "removed_many": "已撤下：{what}的 {count} 个文档。从现在起不再用于回答。",
    "remove_many": "这会撤下{what}的 **{count} 个文档**：",
    "remove_really": "撤下 {count} 个",
    "remove_singly": "这里无法一次确认这么多：请逐个写出名称，或在命令行使用 `frontdesk kb remove`。",
    "remove_changed": "要撤下的内容在此期间有变化：请重新查看。",
    "remove": "撤下",
    "shown_source": "来源：{value}",
    "shown_id": "编号：{value}",
    "shown_grant": "可告知：{value}",
    "shown_status": "状态：{value}",
    "shown_passages": "段落：{value}",
    "shown_version": "版本：{value}",
    "shown_loaded": "加载于：{value}",
    "shown_dated": "内容日期：{value}",
    "shown_checked": "上次与来源比对：{value}",
    "shown_owner": "负责人：{value}",
    "shown_expires": "到期：{value}",
    "shown_encoding": "推测的编码：{value}",
    "what_to_search": "要找什么？`kb search` 文字",
    "found_nothing": "什么也没有找到。",
    "entry_how": "请这样写：\n\n```\nkb entry\n问：怎样申请停车证？\n也问：在哪里可以停车？\n"
    "答：在门卫处申请，免费。\n负责人：后勤部\n到期：2027-12-31\n```",
    "entry_no_question": "缺少写问题的一行。",
    "entry_no_answer": "缺少写答案的一行。",
    "entry_bad_date": "我看不懂日期 {date}：请写成 2027-12-31。",
    "entry_past": "{date} 已经过去：不会有人得到这个答案。",
    "entry_kept": "已保存：**{question}**。{audience}",
    "entry_variants": "另有 {count} 种问法也能找到它。",
    "entry_expires": "它会用到 {date} 为止。",
    "you_asked": "您问过：",
    "only_you": "关于这个问题，还有一些内容只有您可以看到，这里的其他人不可以。",
    "only_you_elsewhere": "关于这个问题，还有一些内容只有您可以看到，那里的其他人不可以。",
    "show_me": "给我看",
    "shown_aside": "我在私信里回答您。",
    "not_yours": "这是给提问者的。",
    "nothing_private": "我在私信里答复命令，而您目前不接收我的私信。请允许私信，或直接私信我。",
    "done": "完成。",
    "forgotten": "完成：已在这里删除您的 {count} 个问题及其回答。聊天记录本身只有您或您的工作区可以删除。",
    "needs_person": "有一个问题需要人工处理",
    "needs_why": "原因：{reason}",
    "needs_open": "打开对话",
    "contradict": "两个文档的说法互相矛盾",
    "contradict_hidden": "另一个文档的说法不同，它是为其他读者加载的。",
    "contradict_seen": "遇到这一矛盾的回答有 {count} 条，都同时给出了两种说法。哪一个是对的？请更正另一个。",
    "why_nothing": "我在这里还没有回答过任何问题。",
    "why_heading": "**这里的上一条回答是怎么得出的**（{outcome}）",
    "why_answered": "已回答",
    "why_handed_off": "已转人工",
    "why_refused": "已拒绝",
    "why_ignored": "未理会",
    "why_searched": "检索的内容：{text}",
    "why_looked_at": "查看的段落：",
    "why_dated": "，日期 {when}",
    "why_sure": "把握：{share}",
    "why_needed": "；要使此类回答的 {precision} 正确，需要 {needed}",
    "why_reason": "原因：{reason}",
    "why_model": "由 {model} 撰写：读取 {prompt} 个词元（其中 {share} 来自缓存），写出 {completion} 个",
    "why_server": "所用服务器：{server}",
    "why_cut": "因文档中没有依据而删去：{count} 句",
    "why_took": "用时 {seconds} 秒",
    "sources": "来源",
    "helpful": "有帮助",
    "not_helpful": "没有帮助",
    "person": "转人工",
    "question": "提问",
}
