// An SMSC on npm smpp: accepts every bind, answers every submit_sm, sends the receipts asked for.
// Prints JSON lines: {"event": "ready", "port": N}, then one per submit_sm, unbind and receipt answered.
'use strict';
const smpp = require('../node_modules/smpp');

smpp.addTLV('first_sender_code', { id: 0x1400, type: smpp.types.tlv.buffer });
const tell = (row) => console.log(JSON.stringify(row));
const content = (value) => (Buffer.isBuffer(value) ? { octets: value.toString('hex') } : { text: String(value) });
let count = 0;

const server = smpp.createServer((session) => {
  session.on('error', () => {});
  for (const bind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(bind, (pdu) => session.send(pdu.response({ system_id: 'npm' })));
  }
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    tell({ event: 'unbind' });
    session.send(pdu.response());
    session.close();
  });
  session.on('submit_sm', (pdu) => {
    count += 1;
    const id = `npm-${count}`;
    tell({
      event: 'submit', id, data_coding: pdu.data_coding, esm_class: pdu.esm_class,
      udh: pdu.short_message && pdu.short_message.udh ? pdu.short_message.udh.map((part) => part.toString('hex')) : [],
      ...content(pdu.message_payload ? pdu.message_payload.message : pdu.short_message.message),
      payload: Boolean(pdu.message_payload),
      sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
      code: pdu.first_sender_code ? pdu.first_sender_code.toString() : null,
    });
    session.send(pdu.response({ message_id: id }));
    if (pdu.registered_delivery & 1) {
      const text = `id:${id} sub:001 dlvrd:001 submit date:2611210000 done date:2611210000 stat:DELIVRD err:000 text:`;
      const receipt = {
        source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: text,
        receipted_message_id: id, message_state: 2,
      };
      session.deliver_sm(receipt, (answer) => tell({ event: 'receipt', id, status: answer.command_status }));
    }
  });
});
server.listen(0, '127.0.0.1', () => tell({ event: 'ready', port: server.address().port }));
process.on('SIGTERM', () => process.exit(0));
