package recipes

import (
	"fmt"
	"net/http"

	"github.com/coder/websocket"

	"github.com/samespan/samespan/core"
)

// Events streams events until the client disconnects or the service stops.
func Events(tel *core.Telemetry, events <-chan string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		stream := http.NewResponseController(w)
		_ = stream.Flush()
		for {
			select {
			case event := <-events:
				fmt.Fprintf(w, "data: %s\n\n", event)
				_ = stream.Flush()
			case <-r.Context().Done():
				return
			case <-tel.Draining(): // the client reconnects to another instance
				return
			}
		}
	}
}

// WebSocket sends messages until the client disconnects or the service stops.
func WebSocket(tel *core.Telemetry, messages <-chan string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has sent an error response
		}
		defer func() { _ = conn.CloseNow() }()
		ctx := conn.CloseRead(r.Context()) // canceled when the client disconnects
		for {
			select {
			case message := <-messages:
				if conn.Write(ctx, websocket.MessageText, []byte(message)) != nil {
					return
				}
			case <-ctx.Done():
				return
			case <-tel.Draining():
				_ = conn.Close(websocket.StatusGoingAway, "the service ends")
				return
			}
		}
	}
}
