### 回答裡用我們自己的話說的部分。台灣用語。

not_found = 我在文件中沒有找到能回答這個問題的內容，所以不作猜測。我已將它標記給人工處理。
unsure = 文件中有相近的內容，但沒有明確回答這個問題的說法。我已將它標記給人工處理。
overdue = 我這邊花了太久，沒能回答。我已將它標記給人工處理。
failed = 回答時我這邊出了問題。我已將它標記給人工處理。
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
which = 您指的是「{ $first }」還是「{ $second }」？
what = 我不確定這裡的「{ $word }」指的是什麼，請說明後再問一次。
draft_label = 由機器人起草，使用前請先閱讀。
no_writer = 這裡沒有可以撰寫內容的模型。請聯絡管理這個機器人的人進行設定。
cut_off = 回答已達到最大長度，後面的內容被截斷。
disagree = ⚠️ 關於這一點，文件的說法不一致：
disagree_side = - { $title }（{ $when }）：「{ $said }」 [{ $number }]
undated = 日期不明
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
