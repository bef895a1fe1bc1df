package stdhttp

import (
	"net/http"

	"github.com/samespan/samespan/core/httpserver"
)

// Late is an answer that is awaited and goes over the writers of [Record]. The
// handler's goroutine alone uses it.
type Late struct {
	awaited *Awaited
	// recorder is the one in charge.
	recorder *Recorder
}

// EndLate ends the exchange as [Await] does, with what recorder is still to
// see. An answer that has not begun has not been cut.
func EndLate(exchange *httpserver.Exchange, outcome httpserver.Outcome, r *http.Request, recorder *Recorder) *Late {
	if recorder.status == 0 {
		outcome.Aborted = httpserver.NotAborted
	}
	late := &Late{recorder: recorder, awaited: Await(exchange, outcome, r, recorder.answer())}
	recorder.late = late
	return late
}

// Cover returns w as a writer that is seen: w itself if it writes through the
// recorder that is in charge, else w with a new one in charge. A middleware
// that puts back the writer it found has taken the recorder out.
func (l *Late) Cover(w http.ResponseWriter) http.ResponseWriter {
	if l.recorder.isBelow(w) {
		return w
	}
	writer, recorder := record(w, l.recorder.request)
	recorder.wire = l.recorder.wire
	recorder.late = l
	l.recorder = recorder
	return writer
}
