package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// relayCall is an element of the body of POST /relay, in the format of the W3C
// trace-context validation service.
type relayCall struct {
	URL       string          `json:"url"`
	Arguments json.RawMessage `json:"arguments"`
}

// Relayed is the response of POST /relay: the status code of each call in order, 0 for a
// call without a response.
type Relayed struct {
	Statuses []int `json:"statuses"`
}

// Relay makes the calls in body one after the other: it sends the arguments of each
// element to the element's URL. It returns the response with its status code. An error
// means that the body is malformed.
func (s *Service) Relay(ctx context.Context, body []byte) (Relayed, int, error) {
	var elements []relayCall
	if err := json.Unmarshal(body, &elements); err != nil {
		return Relayed{}, 0, fmt.Errorf(`reference: decode the body of POST /relay, want a JSON array of {"url":…,"arguments":…}: %w`, err)
	}
	answer, status := Relayed{Statuses: make([]int, len(elements))}, http.StatusOK
	for i, element := range elements {
		code, err := s.call(ctx, http.MethodPost, element.URL, element.Arguments)
		if err != nil {
			status = http.StatusBadGateway
		}
		answer.Statuses[i] = code
	}
	return answer, status, nil
}

// call makes an outgoing request with trace context and baggage, and returns the status
// code of the response.
func (s *Service) call(ctx context.Context, method, url string, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("reference: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.Client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("reference: %w", err)
	}
	defer response.Body.Close()
	// Read the response to its end, since the client reuses a connection only then.
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
