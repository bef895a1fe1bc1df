package stdhttp

import (
	"net/http"

	"github.com/samespan/samespan/core/httpserver"
)

// Late records a response that is written after the middleware has returned. The response
// is written through writers that [Record] or [Late.Cover] has returned. A Late may be used
// only in the handler's goroutine.
type Late struct {
	// awaited ends the exchange.
	awaited *Awaited
	// recorder is the recorder that observes the response. Cover may replace it.
	recorder *Recorder
}

// EndLate ends the exchange like [Await], with the response that recorder observes, even if
// the response is written after this call. A response that has not started yet is not
// recorded as cut off.
func EndLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *Recorder) *Late {
	if recorder.status == 0 {
		outcome.Aborted = httpserver.NotAborted
	}
	late := &Late{recorder: recorder, awaited: Await(exchange, outcome, r, recorder.currentAnswer())}
	recorder.lateResponse = late
	return late
}

// Cover returns a recorded writer for w. It returns w itself if w writes through the
// recorder of l. Otherwise, it returns a new recorder around w, which becomes the recorder
// of l. A new recorder is needed after a middleware has replaced the recorded
// writer by the writer below.
func (l *Late) Cover(w http.ResponseWriter) http.ResponseWriter {
	if l.recorder.isBelow(w) {
		return w
	}
	writer, recorder := newRecordedWriter(w, l.recorder.request)
	recorder.sentState.copyFrom(&l.recorder.sentState)
	recorder.lateResponse = l
	l.recorder = recorder
	return writer
}
