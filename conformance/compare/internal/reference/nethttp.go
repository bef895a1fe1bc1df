package reference

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
)

// NetHTTP is the service on an http.ServeMux, with instrument around the mux
// and a recovery, as net/http's users write one, around both.
func NetHTTP(s *Service, instrument func(http.Handler) http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", func(w http.ResponseWriter, r *http.Request) {
		processed, err := s.Process(r.Context(), r.PathValue("item_id"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(processed)
	})
	probe := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, s.Probe(r.Context())) }
	mux.HandleFunc("GET /healthz", probe)
	mux.HandleFunc("GET /metrics", probe)
	mux.HandleFunc("GET /docs", probe)
	mux.HandleFunc("GET /status/{code}", func(w http.ResponseWriter, r *http.Request) {
		status, err := Status(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if body := statusBody(status); body != "" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return
		}
		w.WriteHeader(status)
	})
	mux.HandleFunc("GET /fail/{code}", func(w http.ResponseWriter, r *http.Request) {
		status, err := Status(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Error(w, errFailed.Error(), status)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic(errPanic) })
	mux.HandleFunc("GET /background", func(w http.ResponseWriter, r *http.Request) {
		s.Background(r.Context())
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, accepted)
	})
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flusher := http.NewResponseController(w)
		_ = s.Stream(r.Context(), func(event string) error {
			if _, err := io.WriteString(w, event); err != nil {
				return err
			}
			return flusher.Flush()
		})
	})
	mux.HandleFunc("GET /slow/{ms}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Slow(r.Context(), r.PathValue("ms")); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, "ok")
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		if err := echoBody(w, r); err != nil {
			log.Printf("echo: %v", err)
		}
	})
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, s.File()) })
	mux.HandleFunc("GET /upgrade", func(w http.ResponseWriter, r *http.Request) {
		if err := upgrade(w, r); err != nil {
			log.Printf("upgrade: %v", err)
		}
	})
	mux.HandleFunc("POST /relay", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, status, err := s.Relay(r.Context(), body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer)
	})
	return recovered(instrument(mux))
}

// recovered answers 500 for a handler that panics. net/http itself would close
// the connection without an answer.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if value := recover(); value != nil {
				if value == any(http.ErrAbortHandler) {
					panic(value)
				}
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
