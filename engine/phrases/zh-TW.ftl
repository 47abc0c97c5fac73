### 回答裡用我們自己的話說的部分。台灣用語。

not_found = 我在文件中沒有找到能回答這個問題的內容，所以不作猜測。我已將它標記給人工處理。
unsure = 文件中有相近的內容，但沒有明確回答這個問題的說法。我已將它標記給人工處理。
overdue = 我這邊花了太久，沒能回答。我已將它標記給人工處理。
failed = 回答時我這邊出了問題。我已將它標記給人工處理。
to_a_person = 好的，我已標記給人工處理，同事會在這裡回覆您。
verified = 已核實的答案
verified_by = 已核實的答案，由 { $owner } 維護
quoted = 文件中是這樣寫的：
closest = 我不確定這能不能回答您的問題；文件中最接近的內容是：
model_down = 我暫時無法撰寫回答，但文件中是這樣寫的：
model_busy = 現在等待撰寫回答的問題太多，但文件中是這樣寫的：
searching = 正在檢索 { $n } 份文件
writing = 正在撰寫回答
place_in_line = 正在排隊，第 { $place } 位
in_line = { place_in_line }，{ $about }。
in_line_unknown = { place_in_line }。
about_seconds = 大約還要 { $n } 秒
about_minutes = 大約還要 { $n } 分鐘
queued = 我暫時無法撰寫回答。您的問題已經保留，回答會出現在這裡。
too_long = 您的訊息有 { $length } 個字元；我最多能讀 { $limit } 個。請精簡後再問。
no_words = 我沒有看到問題。請就 { $workspace } 的文件向我提問，例如「如何……？」。輸入 `help` 查看我還能做什麼。
greeting = 您好！文件裡有的內容都可以問我，我會附上來源作答。輸入 `help` 查看我還能做什麼。
small_thanks = 不客氣！
small_bye = 再見！有問題隨時來問我。
small_wish = 謝謝，也祝您一切順利！
small_how = 一切都好，謝謝。您想了解什麼？
small_who = 我是 Frontdesk，這個櫃檯的機器人，不是真人。我根據我們的文件回答問題，並附上來源；答不了的會轉交給同事。輸入 `help` 看看我還能做什麼。
small_bot = 是的，我是機器人，不是真人。我根據我們的文件回答，並附上來源；點回答下方的「轉人工」就能找到真人。
small_can = 文件裡有的內容都可以問我：我會附上來源，答不了的會轉交給同事。輸入 `help` 看看我還能做什麼。
small_fun = 我只是櫃檯的機器人，這個我不擅長。文件裡有的內容都可以問我。
small_elsewhere = 這不是我們文件裡的內容，我幫不上忙。文件裡有的內容都可以問我。
which = 您指的是「{ $first }」還是「{ $second }」？
what = 我不確定這裡的「{ $word }」指的是什麼，請說明後再問一次。
draft_label = 由機器人起草，使用前請先閱讀。
no_writer = 這裡沒有可以撰寫內容的模型。請聯絡管理這個機器人的人進行設定。
cut_off = 回答已達到最大長度，後面的內容被截斷。
disagree = ⚠️ 關於這一點，文件的說法不一致：
disagree_side = - { $title }（{ $when }）：「{ $said }」 [{ $number }]
undated = 日期不明
using_tool = 正在查詢 { $tool }
tool_asks = 我想執行下面這個呼叫，但還沒有執行：需要先有人允許。
tool_can_write = 它會變更內容。
tool_can_outside = 它會觸及組織以外的人或系統。
tool_who = 管理員可以在一小時內允許執行一次，且僅限以上內容。
noted = 謝謝，已記錄。
marked = 我已將它標記給人工處理。
marked_already = 這個問題已經標記給人工處理了。
answer_gone = 這則回答已經不在了。

## 內容的新舊與日期

age_months = { $n } 個月前
age_years = { $n } 年前
in_brackets = （{ $said }）
date = { $year }年{ $month }月{ $day }日
only_a_file = 我看到了檔案，但沒有看到問題。請在下面接著提問，我會閱讀它。
reading_files = 正在閱讀附件
looking = 正在查看圖片
from_attached = 以下內容來自附件，而非我們的文件：
only_attached = 以上內容全部來自附件，而非我們的文件。

## Snippets

code_line = 第 { $line } 行：{ $said }
code_near = 從「{ $detail }」開始無法剖析
code_missing = 缺少「{ $detail }」
code_broken = 無法剖析
code_secret = 程式碼裡寫著密碼或金鑰，請改為從環境變數讀取
code_hidden = 這裡有 { $count } 個值看起來是金鑰，已經拿掉。
code_cut = 超出最大長度被截斷，缺少結尾。
code_broken_as = 以下內容不能按 { $language } 剖析：
code_faulty = 可以剖析，但有錯誤：
code_excerpt = 這是程式碼的一部分，單獨不能按 { $language } 剖析。
code_example_wrong = 您的範例中有一個沒有通過：{ $said }
code_other_language = 您要的是 { $language }，但我沒能用它寫出來。
code_changed = 變更如下：
code_uses = 用到了 { $markers } 中描述的內容。
code_packages = 需要 { $names }，它不是語言內建的。
code_dangers = 執行之前請留意：
code_danger = 第 { $line } 行：{ $name } { $why }
code_too_long = 程式碼太長，一次讀不完。請只傳關鍵的部分。
own_code_parses = 您的程式碼可以按 { $language } 剖析。
own_code_broken = 您的程式碼不能按 { $language } 剖析：
own_secrets = 您傳來的內容裡有 { $count } 個金鑰。我在閱讀之前已經拿掉；其他人可能已經看到，請更換。
danger_eval = 會把文字當作程式碼執行
danger_shell = 會啟動其他程式，絕不能混入使用者輸入的內容
danger_pickle = 會由資料產生物件，其中的程式碼可能被執行
danger_deletes = 會刪除檔案
danger_disk = 會覆寫磁碟
danger_fetched = 會直接執行剛下載的內容
danger_sql = 會永久變更或刪除資料
danger_sql_text = 用文字拼接查詢語句，請改用參數
danger_html = 會把文字作為 HTML 放進頁面
danger_tls = 不核實對方的身分
danger_memory = 可能寫到所配置的記憶體之外
danger_secret = 是寫在程式碼裡的金鑰
checked = 檢查情況：{ $said }。
checked_between = ，
checked_parsed = 已按 { $language } 剖析
checked_linted = 已做靜態檢查
checked_broken = 不能按 { $language } 剖析
checked_nothing = 沒有檢查，我沒有 { $language } 的剖析器
checked_not_run = 沒有執行
checked_ran = 已用您的 { $count } 個範例執行，{ $passed } 個符合預期
checked_could_not = 在這裡無法執行（{ $why }）
checked_no_examples = 給出 f(2) == 4 這樣的範例，我就會執行
## Drafts

usage_draft = 請告訴我要寫什麼，我來起草。例如：「draft: 寫一份給全體員工的公告，週五 17:00 辦公室提早關門，80 字以內，語氣友善」。也可以寫文章、發佈說明、客戶回覆、社群貼文，或摘要這個討論串或檔案。
draft_no_thread = 只有在討論串裡我才能摘要它，而這裡沒有我能讀到的內容。請在討論串裡提到我，或把文字貼在您的要求下面。
draft_no_version = 這份草稿沒有第 { $n } 版，最新的是第 { $last } 版。
draft_buttons = 請使用草稿下方的按鈕：「發布……」（Slack、Discord）可將其發布到您有權發言的頻道，「匯出」可取得 Markdown、純文字或 HTML。只有請求起草的人和管理員可以使用這些按鈕。
draft_writing = 正在起草
draft_mending = 正在修正檢查發現的 { $n } 處問題
draft_to_check = *（待查證）*
draft_version = 第 { $n } 版
draft_words = { $n } 字
draft_changed = { $before } → { $now } 字，刪去 { $removed }，新增 { $added }
draft_same = 沒有變化
draft_again = 即第 { $n } 版
draft_more_places = 另有 { $n } 處
draft_unmet = ⚠️ 未能做到：{ $what }
draft_unfounded = ⚠️ 沒有出處，請查證（{ $n } 處）：{ $what }
draft_go_on = 告訴我怎麼改：「更短」「更正式」「翻成英文」「加一句關於……」「回到第 1 版」。
limit_count = { $relation ->
    [least] 至少 { $n }{ " " }
    [most] 最多 { $n }{ " " }
    [about] 約 { $n }{ " " }
   *[other] 正好 { $n }{ " " }
}
limit_has = 現有 { $n }
limit_words = { limit_count }字
limit_characters = { limit_count }個字元
limit_sentences = { limit_count }句
limit_paragraphs = { limit_count }段
limit_bullets = { limit_count }個要點
limit_highlights = { limit_count }處強調
limit_placeholders = { limit_count }個預留位置
limit_capital_words = { limit_count }個全大寫單字
limit_headings = { limit_count }個小標題
limit_sections = { limit_count }個「{ $what }」小節
limit_keyword = 「{ $what }」出現{ limit_count }次
limit_letter = 字元「{ $what }」出現{ limit_count }次
limit_first_word = 第{ $n }段以「{ $what }」開頭
limit_title = <<…>>中的標題
limit_lowercase = 全部小寫
limit_uppercase = 全部大寫
limit_no_commas = 沒有逗號
limit_no_emoji = 沒有表情符號
limit_quoted = 全文用雙引號括起
limit_json = JSON 格式
limit_two = 以 ****** 分隔的兩個版本
limit_forbidden = 不出現：{ $what }
limit_postscript = 附言 { $what }
limit_ending = 以「{ $what }」結尾
limit_opening = 以「{ $what }」開頭
limit_repeat = 先複述要求
limit_language = 只用{ $what }
limit_one_of = 只選其一：{ $what }
limit_point = 寫到：{ $what }
limit_says = 寫到：{ $what }


## 翻譯

translating = 正在翻譯第 { $n } 部分，共 { $total } 部分
usage_translate = 請告訴我要翻譯什麼，例如：「翻譯成英文：辦公室 17:00 關門」。也可以翻譯您附上的檔案、上一份草稿或這個討論串。
translation_moved = 以下內容沒有出現在譯文中，已補在所屬句子之後：{ $what }
translation_numbers = 請核對以下數字，譯文中未出現，已補在所屬句子之後：{ $what }
translation_terms = 以下術語的譯法與術語表不同：{ $what }
translation_left = 有 { $n } 處可能沒有翻譯
translation_rest = 全文太長，一次譯不完：最後 { $n } 個字元沒有翻譯
