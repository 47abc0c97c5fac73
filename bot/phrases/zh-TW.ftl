### 在回答之外說的話：說明、命令、進度、按鈕。台灣用語。

## 命令

command_code = 撰寫、解釋、審查或修正程式碼
help = **我能做什麼。** 我根據我們的文件回答問題，並註明出處。您可以提及我、直接傳私訊給我，或在我參與的討論串中繼續提問。

    - `ask` 問題：在這裡回答
    - `why`：我上一則回答是怎麼得出的
    - `help`：本說明
    - `forget-me`：刪除您問過的問題和我的回答{ $plugins }

    每則回答下方有：*有幫助*、*沒有幫助*、*轉人工*。

    管理員指令（用斜線指令，或直接傳訊息給我）：

    - `kb add` 並附上檔案，或 `kb add` 網址：載入文件、網頁、整個網站（`kb add sitemap` 網址，`kb add crawl` 網址）
    - `kb list` 詞：已載入的文件；`kb list failed`：載入失敗的
    - `kb show` 文件：來源、可見範圍、新舊
    - `kb remove` 文件：從所有回答中撤下一份文件或整個來源
    - `kb sync`：重新載入有變動的內容
    - `kb search` 文字：會找到哪些段落及其分數
    - `kb entry`：寫入一則問答，一行「問：」，一行「答：」，需要時加上「也問：」「負責人：」「到期：」
    - `kb entries` 詞：已寫入的問答，可在此修改；`kb entry` 問題：其中一則
    - `kb cancel`：停止您正在載入的內容
    - `feedback`：沒有幫助的回答及其原因
    - `topics` 天數：未解答的問題，按主題
unknown = 我不認識 `{ $name }`。
admins_only = 只有管理員可以這麼做。這裡的管理員：{ $admins }。
nobody_known = 安裝我的人
what_to_add = 請把檔案連同 `kb add` 一起傳給我，或在後面寫上以 https:// 開頭的網址。`kb add sitemap` 網址會載入網站地圖中的所有頁面，`kb add crawl` 網址會載入整個網站。
no_paths = 在聊天中我只載入附件和網址。伺服器上的資料夾請在伺服器上用 `frontdesk kb add` 載入。

## 載入

started = 正在載入{ $what }。進度請看我傳給您的私訊。
started_unseen = 正在載入{ $what }。我無法傳私訊給您，因此不能顯示進度；`kb list` 可查看已有的內容。
loading = **正在載入{ $what }** …
syncing = **正在檢查{ $what }的變動** …
loaded = **已載入{ $what }**
synced = **已檢查{ $what }的變動**
cancelled = **已取消：{ $what }**
load_failed = **未能載入：{ $what }**
counts = 找到 { $found } · 已解析 { $parsed } · 已向量化 { $embedded } 個段落 · 可檢索 { $searchable } · 未變動 { $unchanged } · 失敗 { $failed } · 等待 { $waiting }
counts_ended = 找到 { $found } · 可檢索 { $searchable }（{ $passages } 個段落）· 未變動 { $unchanged } · 失敗 { $failed }
gone = { $gone } 個在來源處已不存在，已撤下
failures = 以下內容未能載入：
more = …… 還有 { $count } 個：`kb list failed`
waits = 正在等待，之後會自動繼續：{ $reason }
left_out = 並非所有內容都已查看：
after_failures = 請修正後重新傳送；沒有回應的網頁可用 `kb sync` 重試。
after_cancel = 在那之前已載入的內容會保留；`kb remove` 可撤下。
files = { " " }{ $count } 個檔案
everything = 全部內容
for_public = 任何人都可以得知這些內容，包括客戶。
for_workspace = 工作空間的所有人都可以得知這些內容。
for_room = 只有您傳送檔案時所在頻道的成員可以得知這些內容。
for_this_room = 只有一個頻道（{ $room }）的成員可以得知這些內容。
for_user = 只有您本人可以得知這些內容。
grant_public = 任何人
grant_workspace = 工作空間
grant_room = 一個頻道
grant_user = 一個人
cancel = 取消
only_me = 僅限我本人
only_room = 僅限該頻道
whole_workspace = 整個工作空間
cancelling = 正在取消。
not_running = 它已經結束了。
nothing_running = 您現在沒有正在載入的內容。
regranted = 完成，共 { $count } 份文件。
load_gone = 我已經沒有這次載入的紀錄。

## 文件

none_loaded = 還沒有載入任何內容。請把檔案連同 `kb add` 一起傳給我。
none_match = 沒有符合條件的文件。
listed = **第 { $first } 至 { $last } 份文件，共 { $count } 份**
next = 下一頁
previous = 上一頁
passages = { $count } 個段落
failed = 失敗：{ $reason }
searchable = 可檢索
what_to_show = 哪一份文件？`kb show` 文件，用 `kb list` 顯示的編號或來源。
what_to_remove = 哪一份文件？`kb remove` 文件，用 `kb list` 顯示的編號或來源。
no_document = 這裡沒有文件 { $name }：`kb list` 可查看已有的內容。
removed = 已撤下：{ $what }。從現在起不再用於回答。
removed_many = 已撤下：{ $what }的 { $count } 份文件。從現在起不再用於回答。
remove_many = 這會撤下{ $what }的 **{ $count } 份文件**：
remove_really = 撤下 { $count } 份
remove_singly = 這裡無法一次確認這麼多：請逐一寫出名稱，或在終端機使用 `frontdesk kb remove`。
remove_changed = 要撤下的內容在這段期間有變動：請重新查看。
remove = 撤下
shown_source = 來源：{ $value }
shown_id = 編號：{ $value }
shown_grant = 可告知：{ $value }
shown_status = 狀態：{ $value }
shown_passages = 段落：{ $value }
shown_version = 版本：{ $value }
shown_loaded = 載入於：{ $value }
shown_dated = 內容日期：{ $value }
shown_checked = 上次與來源比對：{ $value }
shown_owner = 負責人：{ $value }
shown_expires = 到期：{ $value }
shown_encoding = 推測的編碼：{ $value }
what_to_search = 要找什麼？`kb search` 文字
found_nothing = 什麼也沒有找到。

## 輸入的問答

entry_how = 請這樣寫：

    ```
    kb entry
    問：怎麼申請停車證？
    也問：哪裡可以停車？
    答：在警衛室申請，免費。
    負責人：總務部
    到期：2027-12-31
    ```
entry_no_question = 缺少寫問題的那一行。
entry_no_answer = 缺少寫答案的那一行。
entry_bad_date = 我看不懂日期 { $date }：請寫成 2027-12-31。
entry_past = { $date } 已經過了：不會有人得到這個答案。
entry_bad_audience = 沒有「{ $audience }」這個受眾：請寫 public、workspace、room:ID 或 user:ID，或者刪去這一行。
entry_kept = 已儲存：**{ $question }**。{ $audience }
entry_variants = 另有 { $count } 種問法也能找到它。
entry_expires = 它會用到 { $date } 為止。
entry_second = 另一種語言：**{ $question }**。
entry_edit = 修改
entry_add_second = 新增另一種語言
entry_edit_second = 修改另一種語言
entry_edit_title = 修改這則問答
entry_second_title = 另一種語言
entry_gone = 這則問答已經不在了。
entry_too_long = 這則問答太長，視窗放不下：請在檔案中修改（`frontdesk kb entries --csv`），再載入該檔案。
entry_ways = 其他問法：{ $ways }
entries_none = 這裡沒有這樣的問答。
entries_listed = **問答 { $first } 至 { $last }，共 { $count } 則**
entries_open = 開啟一則
entries_kept = 已儲存問答：{ $kept } 則；沒有變動：{ $unchanged } 則。
entries_readers = 檔案中沒有寫可見範圍的：{ $audience }
entries_wrong = { $name } 沒有載入任何內容。這些行有誤：
for_anybody = 任何人，包括客戶
correct_this = 更正
correct_title = 更正這則回答
correct_seen = 也會顯示在該回答下方。
correct_no_answer = 我只能更正自己的、仍然存在的回答。
correct_kept = 已儲存：**{ $question }**。
correct_told = 我會在該回答下方說明。
correct_untold = 並非所有看得到該回答的人都可以得知，因此不在那裡說明。
corrected_by = { $name } 已更正：
mined_ask = **要把這段對話存為問答嗎？** 我沒有找到答案，一位同事回答了，提問者對此滿意。
mined_add = 新增
mined_no = 不用
mined_gone = 這已有決定，或者已經不在了。
mined_declined = 不會存為問答。
mined_added = 同事的一個回答已存為問答。
mined_expired = 一則問答提議已過期。
mined_forgotten = 一則問答提議已經不在了。

## 單獨告知提問者和管理員的內容

you_asked = 您問過：
only_you = 關於這個問題，還有一些內容只有您能看到，這裡的其他人不行。
only_you_elsewhere = 關於這個問題，還有一些內容只有您能看到，那裡的其他人不行。
show_me = 給我看
shown_aside = 我在私訊裡回答您。
not_yours = 這是給提問者的。
nothing_private = 我在私訊裡回覆指令，而您目前不接收我的私訊。請允許私訊，或直接傳私訊給我。
done = 完成。
forgotten = 完成：已在這裡刪除您的 { $count } 個問題及其回答。聊天紀錄本身只有您或您的工作空間可以刪除。
needs_person = 有一個問題需要人工處理
needs_why = 原因：{ $reason }
needs_open = 開啟對話
contradict = 兩份文件的說法互相矛盾
contradict_hidden = 另一份文件的說法不同，它是為其他讀者載入的。
contradict_seen = 遇到這個矛盾的回答有 { $count } 則，都同時列出了兩種說法。哪一個是對的？請更正另一個。

## 回答是怎麼得出的

why_nothing = 我在這裡還沒有回答過任何問題。
why_heading = **這裡的上一則回答是怎麼得出的**（{ $outcome }）
why_answered = 已回答
why_handed_off = 已轉人工
why_refused = 已拒絕
why_ignored = 未理會
why_searched = 檢索的內容：{ $text }
why_looked_at = 查看的段落：
why_dated = ，日期 { $when }
why_sure = 把握：{ $share }
why_needed = ；要讓這類回答的 { $precision } 正確，需要 { $needed }
why_reason = 原因：{ $reason }
why_model = 由 { $model } 撰寫：讀取 { $prompt } 個 token（其中 { $share } 來自快取），寫出 { $completion } 個
why_server = 所用的伺服器：{ $server }
why_cut = 因文件中沒有依據而刪去：{ $count } 句
why_took = 花了 { $seconds } 秒

## 回答下方

sources = 來源
helpful = 有幫助
not_helpful = 沒有幫助
person = 轉人工
question = 提問
say_why = 說明原因
why_title = 哪裡不好？
why_label = 哪裡不對，或少了什麼？
why_hint = 管理員會看到您寫的內容和這個問題。
better_label = 正確的說法（如果您知道）
why_kept = 謝謝，管理員會看到。
feedback_none = 還沒有人覺得哪則回答沒有幫助。
feedback_listed = **沒有幫助的回答：第 { $first } 至 { $last } 則，共 { $count } 則**
feedback_hidden = 在您看不到的地方提出
topics_none = 最近 { $days } 天裡，在您能看到的範圍內，沒有未解答的問題。
topics_heading = **最近 { $days } 天未解答的問題：{ $count } 個，{ $topics } 個主題**
topic = { $count } 個問題，其中 { $handed } 個已轉給同事：{ $about }
topic_pages = 最接近的文件：{ $pages }
topics_more = 另有 { $count } 個較小的主題。
topics_hidden = 另有 { $count } 個問題是在並非這裡所有人都能看到的地方提出的。
would_be_right = 正確的說法：
open_it = 開啟
to_entry = 將第 { $number } 則加入知識庫

## 視窗

entry_title = 加入知識庫
entry_question = 問題
entry_also = 其他問法，每行一個
entry_answer = 答案
entry_owner = 有疑問時找誰
entry_last_day = 最後有效的日期
ask_form = 提問
ask_title = 向櫃檯提問
ask_label = 您的問題
ask_hint = 我在私訊裡回答您。
ask_what = 裡面沒有問題。

## 首頁

home_hello = **文件裡有的內容都可以問我。** 您可以傳訊息給我，在頻道裡提及我，或使用按鈕。
home_yours = **您最近的提問**
home_none = 您還沒有提過問題。
home_admins = **管理員資訊**
home_documents = 文件：{ $count } 份可檢索，共 { $passages } 個段落；{ $failed } 份未能載入
home_model = 回答由 { $model } 撰寫
home_no_model = 沒有模型撰寫回答：直接引用文件
home_ended = 最近 { $count } 個問題：{ $answered } 個已回答，{ $handed } 個已轉人工，{ $refused } 個已拒絕
home_thought = 大家對這些回答的評價：{ $helpful } 個有幫助，{ $unhelpful } 個沒有幫助
home_waiting = 尚未處理完的問題：{ $count } 個
home_persons = **等待人工處理：{ $count } 個**
home_hidden = 最新的當中有 { $count } 個是在您看不到的地方提出的
home_list = 文件
home_feedback = 沒有幫助的回答

## 傳送

send = 傳送
sorry = 沒有成功，請稍後再試。
form_late = Slack 沒有及時開啟視窗，請再試一次。

## 在 Slack 中安裝

install_done = Frontdesk 已安裝到 { $place }。請在 Slack 的頻道裡提及它，或直接傳訊息給它。
install_again = 這個頁面屬於另一個瀏覽器，或者已超過十分鐘。請從 /slack/install 重新開始。
install_declined = Frontdesk 沒有安裝。
install_refused = Frontdesk 無法安裝在那裡：請聯絡它的管理員。
install_unavailable = Slack 或 Frontdesk 暫時沒有回應。請過一分鐘從 /slack/install 重新開始。

## 在頻道裡

you_wrote = 您寫的是：
no_words_there = 那則訊息裡沒有我能回答的內容。
other_workspace = 這個櫃檯屬於另一個工作空間。
ask_example = 請在後面寫上您的問題：`/frontdesk ask 怎麼申請門禁卡？`
claimed_example = 請在後面寫上您想要的內容：`/frontdesk { $name } …`
cannot_ask_here = 我不能在這裡提問：{ $reason }。您也可以直接傳私訊給我。
slack_busy = Slack 忙碌中，沒有收下您的問題。請過一分鐘再問。
somebody = 有人
asks = { " " }提問：
answer_below = 我會在那則訊息下方回答。
whole_attached = 完整的回答請看附件。
doing = { $doing } …
often_asked = 大家常問
not_kept = 我剛才沒能收下這個問題，請過一分鐘再問。
went_wrong = 我這邊出了問題，已記錄下來，請再試一次。
cannot_write_here = 我不能在這個頻道裡發言：我的身分組在這裡需要「檢視頻道」和「傳送訊息」權限。請到別處或在私訊裡問我。

## 論壇與討論串

solved_button = 已解決
solved_before = 以前問過，而且已經解決
post_solved = 已標記為解決。
post_solved_tagged = 已標記為解決，並加上了標籤。
post_no_right = 我無法加上標籤：我的身分組在這個論壇需要「管理討論串」權限。
post_not_yours = 只有發文者或管理員可以把它標記為已解決。
post_gone = 這則回答已經不在了。
left = 我退出這個討論串。提及我，我就回來。
leave_where = 請在要我退出的討論串中提及我，並寫上「離開」。
share = 分享到提問處
share_now = 是，分享
share_ask = 要把這個回答分享到{ $room }嗎？
share_there = 您提問的對話
share_hidden = 那裡可能不是所有人都能看到的頁面：{ $count } 個
share_names = 回答會連同所有頁面的名稱和連結一起發到那裡，並註明由您分享。
shared = 它馬上會出現在{ $room }。
shared_already = 您已經分享過這個回答。
shared_by = 由 @{ $name } 分享
shared_by_hidden = 由 @{ $name } 分享。這裡可能不是所有人都能開啟其中的頁面。
share_off = 這裡不能分享只有您可以看到的回答：管理員已關閉此功能。
share_gone = 已沒有可以分享的內容：問題或回答已被刪除。
share_left = 您已不在提問的地方，因此我不能把它分享到那裡。
share_outside = 您提問的地方有外部人員，因此我不能把它分享到那裡。
share_changed = 這個回答的頁面已有變化，或者您已沒有權限閱讀全部頁面。請重新提問。
share_late = 這花了太久。
share_not = 我沒有分享那個回答。{ $why }
share_refused = 您要求分享時，這個回答未能分享。請重新提問。
attached_here = （隨問題附上）
file_whole = 已閱讀：{ $names }
file_part = 已閱讀與問題最相關的部分：{ $names }
file_seen = 已查看：{ $names }
file_unread = 未閱讀：{ $name }（{ $reason }）
between = 、

## 在終端機裡

chat_hello = 請直接提問。還可以用：/why（上一則回答是怎麼得出的）、/help、/forget-me；Ctrl-D 結束。
passed_on = 已轉交人工處理。

## 在 Discord 中顯示在機器人名稱下方

presence = 向我提問：/ask

## 選單

meant = 您指的是哪一個？
meant_taken = 我依「{ $name }」作答。
meant_gone = 這個頁面已有變動，請重新提問。
who_may = 誰可以得知這些內容？
wrong_untrue = 內容不正確
wrong_outdated = 內容已過時
wrong_incomplete = 內容不完整
wrong_beside = 答非所問
wrong_unclear = 難以理解
wrong_sources = 來源中沒有這樣寫

## 草稿下方的按鈕

draft_export = 匯出
draft_export_as = 要匯出成哪種格式？
draft_as_markdown = Markdown
draft_as_plain = 純文字
draft_as_html = HTML
draft_exported = 草稿第 { $number } 版：
draft_versions = 版本
draft_version = 第 { $number } 版
draft_unchanged = （沒有變化）
draft_back = 還原到……
draft_back_words = 回到第 { $number } 版
draft_back_taken = 我會還原到第 { $number } 版。
draft_post = 發布……
draft_post_title = 發布第 { $number } 版
draft_room = 發到哪個頻道？
draft_room_hint = 例如 #news
draft_post_ask = 要把第 { $number } 版發布到{ $room }嗎？
draft_post_named = 訊息會註明由您發布。您可以在一小時內收回。
draft_post_now = 是，發布
draft_posted = 第 { $number } 版馬上會出現在{ $room }。
draft_posted_already = 第 { $number } 版已經發布到{ $room }。
draft_posted_by = 由 @{ $name } 發布
draft_undo = 收回
draft_undone = 正在收回。
draft_undo_gone = 已沒有可以收回的內容。
draft_undo_late = 發布已超過一小時。請您自行刪除該訊息，或請有權限的人刪除。
draft_undo_refused = 我沒有權限刪除自己發布的訊息。請聯絡管理員。
draft_not_yours = 只有要求這份草稿的人和管理員可以使用這些按鈕。
draft_gone = 這份草稿已不存在。
draft_no_room = 我只能發布到您自己可以發言、而且我也在的頻道：「{ $name }」不是這樣的頻道。可以的有：{ $rooms }
draft_changed = 這份草稿所依據的頁面已有變化，或者您已沒有權限閱讀全部頁面。請重新起草。
draft_hidden = { $room } 裡並非所有人都有權限閱讀這份草稿所依據的內容：{ $titles }。因此我沒有發布到那裡。
draft_result = 工具查到的內容
draft_not_posted = 我沒有發布那份草稿。{ $why }

## 等待有人決定的工具呼叫

call_allow = 允許一次
call_deny = 拒絕
call_gone = 已沒有可以允許的內容：問題已被刪除，或者呼叫與顯示的不同。
call_not_you = 只有管理員可以允許：{ $who }。
call_already = 已經有人決定了。
call_late = 已經來不及允許了，請重新提問。
call_allowed_now = 已允許一次。結果會顯示在對話中。
call_denied_now = 已拒絕，沒有執行任何動作。
call_done = 經 { $name } 允許，已呼叫 { $tool } 一次。它回傳：
call_failed = 經 { $name } 允許，已呼叫 { $tool } 一次，但失敗了：
call_unknown = 經 { $name } 允許呼叫了 { $tool }，但我中途被打斷，不知道它是否完成。我不會再次呼叫，請到那裡查看。
call_refused = { $name } 允許了 { $tool }，但我沒有呼叫它。
call_denied = { $name } 拒絕了 { $tool }，沒有執行任何動作。
call_running = 正在呼叫 { $tool }。
call_allowed = 即將呼叫 { $tool }。
call_asked = { $tool } 正在等待管理員決定。
why_calls = 工具：
why_calls_hidden = 另有 { $count } 個，您無權查看其結果
why_call_ran = 已呼叫
why_call_failed = 已呼叫，但失敗了
why_call_refused = 未呼叫
why_call_asked = 已請人決定
why_call_done = 經允許已呼叫
why_call_unknown = 已呼叫，結局不明
why_call_denied = 被拒絕
command_draft = 起草：公告、文章、回覆、摘要、翻譯等
