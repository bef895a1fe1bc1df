package stdhttp

import "net/http"

// Full is a writer of [Record] for a writer that implements exactly http.Flusher,
// http.Hijacker and http.CloseNotifier, as the writers of some frameworks do. An
// adapter's own writer can embed it without an allocation. Call [Full.Init] before using
// it.
type Full struct{ withFHC }

// Init initializes w as a writer around below, for the response to r. w must
// not be copied afterwards.
func (w *Full) Init(below http.ResponseWriter, r *http.Request) {
	w.init(below, r)
	w.sentState.readDeadline(r)
}
