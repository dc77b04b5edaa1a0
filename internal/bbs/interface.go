package bbs

import "io"

// interfaceName is the identifier of the BBS Signatures Interface (section 3.5).
const interfaceName = "H2G_HM2S_"

// Sign returns the signature of a header and messages (section 3.5.1). It is
// deterministic.
func (s *Scheme) Sign(sk *SecretKey, header []byte, messages [][]byte) ([]byte, error) {
	a := s.api(interfaceName)
	st, err := a.statement(sk.pk, header, messages)
	if err != nil {
		return nil, err
	}
	return a.coreSign(sk, st)
}

// Verify checks a signature (section 3.5.2).
func (s *Scheme) Verify(pk *PublicKey, signature, header []byte, messages [][]byte) error {
	a := s.api(interfaceName)
	st, err := a.statement(pk, header, messages)
	if err != nil {
		return err
	}
	return a.coreVerify(signature, st)
}

// ProofGen returns a proof that a signature over header and messages is known,
// made for the presentation header ph and disclosing the messages at the
// ascending indexes (section 3.5.3). The signature is verified first.
func (s *Scheme) ProofGen(random io.Reader, pk *PublicKey, signature, header, ph []byte, messages [][]byte, disclosed []int) ([]byte, error) {
	a := s.api(interfaceName)
	st, err := a.statement(pk, header, messages)
	if err != nil {
		return nil, err
	}
	st.ph, st.disclosed = ph, disclosed
	return a.coreProofGen(random, signature, st)
}

// ProofVerify checks a proof, given the disclosed messages and the ascending
// indexes they had when they were signed (section 3.5.4).
func (s *Scheme) ProofVerify(pk *PublicKey, proof, header, ph []byte, messages [][]byte, disclosed []int) error {
	a := s.api(interfaceName)
	u, err := withheld(proof)
	if err != nil {
		return err
	}
	total := u + len(disclosed)
	if err := checkDisclosed(disclosed, messages, total); err != nil {
		return err
	}
	return a.coreProofVerify(proof, statement{
		pk: pk, header: header, ph: ph,
		generators: a.createGenerators(total+1, a.id),
		messages:   a.messagesToScalars(messages),
		disclosed:  disclosed,
	})
}

// statement makes what a signature is about.
func (a api) statement(pk *PublicKey, header []byte, messages [][]byte) (statement, error) {
	if len(messages) > MaxMessages {
		return statement{}, ErrTooMany
	}
	return statement{
		pk: pk, header: header,
		generators: a.createGenerators(len(messages)+1, a.id),
		messages:   a.messagesToScalars(messages),
	}, nil
}
