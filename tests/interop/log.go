// Checks receipts and proofs with the Go project's own implementation of transparency logs
// (golang.org/x/mod/sumdb), which knows nothing of this one: statements come in, one a line, and "true" or
// why not goes out for each.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A statement: a receipt, or that one checkpoint grew out of another.
type statement struct {
	Key     string
	Receipt json.RawMessage
	Old     string
	New     string
	Proof   []string
}

type receipt struct {
	V          int
	Event      string
	Index      uint64
	Taken      uint64
	Proof      []string
	Checkpoint string
}

// What a checkpoint says once the log's signature is checked (C2SP tlog-checkpoint).
func open(text, key string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not this log")
	}
	size, err := strconv.ParseUint(lines[1], 10, 62)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return tree, errors.New("no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: int64(size), Hash: root}, err
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, text := range texts {
		var hash tlog.Hash
		if err := bytesOf(text, hash[:]); err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

func bytesOf(text any, to []byte) error {
	string, _ := text.(string)
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(string)
	if err == nil && copy(to, decoded) != len(to) || len(decoded) != len(to) {
		err = errors.New("another length")
	}
	return err
}

// The hash of an event that its own key has signed: canonical JSON without the signature. Go writes an object's
// names in order.
func event(text string) ([]byte, error) {
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		return nil, err
	}
	canonical := func() string {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.Encode(members)
		return strings.TrimSuffix(out.String(), "\n")
	}
	if canonical() != text {
		return nil, errors.New("not canonical")
	}
	key, signature, subject := make([]byte, 32), make([]byte, 64), make([]byte, 20)
	for name, to := range map[string][]byte{"pk": key, "sig": signature, "sub": subject} {
		if err := bytesOf(members[name], to); err != nil {
			return nil, err
		}
	}
	certified := sha256.Sum256(append(append([]byte{}, key...), subject[:4]...))
	if !bytes.Equal(certified[:16], subject[4:]) {
		return nil, errors.New("not its subject")
	}
	delete(members, "sig")
	unsigned := []byte(canonical())
	if !ed25519.Verify(key, unsigned, signature) {
		return nil, errors.New("not signed")
	}
	hash := sha256.Sum256(unsigned)
	return hash[:], nil
}

func checkReceipt(text []byte, key string) error {
	var it receipt
	if err := json.Unmarshal(text, &it); err != nil {
		return err
	}
	if it.V != 1 {
		return errors.New("another version")
	}
	tree, err := open(it.Checkpoint, key)
	if err != nil {
		return err
	}
	data, err := event(it.Event)
	if err != nil {
		return err
	}
	proof, err := hashes(it.Proof)
	if err != nil {
		return err
	}
	data = binary.BigEndian.AppendUint64(data, it.Index)
	data = binary.BigEndian.AppendUint64(data, it.Taken)
	return tlog.CheckRecord(proof, tree.N, tree.Hash, int64(it.Index), tlog.RecordHash(data))
}

func checkGrowth(it statement) error {
	before, err := open(it.Old, it.Key)
	if err != nil {
		return err
	}
	after, err := open(it.New, it.Key)
	if err != nil {
		return err
	}
	proof, err := hashes(it.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, after.N, after.Hash, before.N, before.Hash)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var it statement
		err := json.Unmarshal(lines.Bytes(), &it)
		if err == nil && it.Receipt != nil {
			// As text, so that what is no JSON can be stated too.
			var text string
			json.Unmarshal(it.Receipt, &text)
			err = checkReceipt([]byte(text), it.Key)
		} else if err == nil {
			err = checkGrowth(it)
		}
		if err == nil {
			fmt.Println("true")
		} else {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}
