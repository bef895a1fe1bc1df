package stdhttp

import (
	"net/http"

	"github.com/samespan/samespan/core/httpserver"
)

// Late records a response that is awaited and goes through writers of [Record].
// Only the handler's goroutine uses it.
type Late struct {
	awaited *Awaited
	// recorder is the current one.
	recorder *Recorder
}

// EndLate ends the exchange like [Await], with what recorder will still see. A
// response that has not started was not cut off.
func EndLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *Recorder) *Late {
	if recorder.status == 0 {
		outcome.Aborted = httpserver.NotAborted
	}
	late := &Late{recorder: recorder, awaited: Await(exchange, outcome, r, recorder.currentAnswer())}
	recorder.late = late
	return late
}

// Cover returns w as a recorded writer: w itself if it writes through the
// current recorder, and otherwise a new, then current recorder around it. A
// middleware that restores the writer it found removes the recorder.
func (l *Late) Cover(w http.ResponseWriter) http.ResponseWriter {
	if l.recorder.isBelow(w) {
		return w
	}
	writer, recorder := record(w, l.recorder.request)
	recorder.sentState = l.recorder.sentState
	recorder.late = l
	l.recorder = recorder
	return writer
}
