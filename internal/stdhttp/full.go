package stdhttp

import "net/http"

// Full is what [Record] returns for a writer that implements exactly http.Flusher,
// http.Hijacker and http.CloseNotifier, like the writers of some frameworks. An adapter's
// writer embeds Full, which saves an allocation. Call [Full.Init] first.
type Full struct{ withFHC }

// Init initializes w as a writer around below, for the response to r. w must
// not be copied afterwards.
func (w *Full) Init(below http.ResponseWriter, r *http.Request) {
	w.init(below, r)
	w.sentState.loadWriteDeadline(r)
}
