// An ESME on npm smpp. The job comes as JSON on stdin, what happened goes as JSON to stdout.
'use strict';
const smpp = require('../node_modules/smpp');

const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));
smpp.addTLV('first_sender_code', { id: job.code_tag, type: smpp.types.tlv.buffer });

const seen = { bind: null, answers: [], receipts: [], enquire_link: false, unbind: false };
const session = smpp.connect({ url: `smpp://${job.host}:${job.port}` });
const call = (command, fields) => new Promise((done) => session[command](fields || {}, done));
session.on('error', (error) => { console.error(String(error)); process.exit(1); });

let enough;
const received = new Promise((done) => { enough = done; });
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  seen.receipts.push(String(pdu.short_message.message));
  if (seen.receipts.length >= job.receipts) enough();
});

session.on('connect', async () => {
  const bound = await call('bind_transceiver', { system_id: job.system_id, password: job.password });
  seen.bind = bound.command_status;
  if (seen.bind === 0) {
    for (const message of job.messages) {
      const octets = Buffer.from(message.octets, 'hex');
      const fields = {
        source_addr_ton: 0, source_addr_npi: 1, source_addr: job.source,
        dest_addr_ton: 0, dest_addr_npi: 1, destination_addr: job.destination,
        registered_delivery: 1, data_coding: message.data_coding, esm_class: message.esm_class,
      };
      if (message.payload) fields.message_payload = octets; else fields.short_message = octets;
      if (message.sar) [fields.sar_msg_ref_num, fields.sar_total_segments, fields.sar_segment_seqnum] = message.sar;
      if (message.code) fields.first_sender_code = Buffer.from(message.code);
      const answer = await call('submit_sm', fields);
      seen.answers.push({ status: answer.command_status, message_id: answer.message_id || '' });
    }
    const accepted = seen.answers.filter((answer) => answer.status === 0).length;
    if (job.receipts && accepted >= job.receipts) await received;
    seen.enquire_link = (await call('enquire_link')).command_status === 0;
    seen.unbind = (await call('unbind')).command_status === 0;
  }
  session.close();
  console.log(JSON.stringify(seen));
});
